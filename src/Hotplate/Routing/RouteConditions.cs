using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Routing;

/// <summary>Asks a request for what a route wants beside host and path.</summary>
internal static class RouteConditions
{
    /// <summary>The cheap ones first.</summary>
    internal static RouteCondition FirstToFail(RouteSettings route, in RouteQuery query) =>
        !MethodHolds(route, query.Method) ? RouteCondition.Method
        : route.Https is { } https && https != query.IsHttps ? RouteCondition.Scheme
        : route.Clients is { } clients && !clients.Holds(query.Client) ? RouteCondition.Client
        : !HeadersHold(route.Headers, query.Headers) ? RouteCondition.Header
        : !QueryHolds(route.Queries, query.Query) ? RouteCondition.Query
        : !CookiesHold(route.Cookies, query.Headers) ? RouteCondition.Cookie
        : RouteCondition.None;

    private static bool MethodHolds(RouteSettings route, string method)
    {
        return (route.Methods.Count == 0 || Names(route.Methods, method)) && !Names(route.RefusedMethods, method);

        static bool Names(IReadOnlyList<string> methods, string method)
        {
            for (var i = 0; i < methods.Count; i++)
            {
                if (methods[i] == method)
                {
                    return true;
                }
            }
            return false;
        }
    }

    private static bool HeadersHold(IReadOnlyList<FieldCondition> conditions, IHeaderDictionary? headers)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            var condition = conditions[i];
            var values = headers is null ? default : headers[condition.Name];
            var isThere = values.Count > 0;
            if (isThere != condition.IsThere)
            {
                return false;
            }
            foreach (var value in values)
            {
                if (!condition.Holds(value))
                {
                    return false;
                }
            }
        }
        return true;
    }

    private static bool QueryHolds(IReadOnlyList<FieldCondition> conditions, ReadOnlySpan<char> query)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            var condition = conditions[i];
            var isThere = false;
            foreach (var range in query.Split('&'))
            {
                var pair = query[range];
                var equals = pair.IndexOf('=');
                var name = equals < 0 ? pair : pair[..equals];
                if (!name.IsEmpty && QueryText.Is(name, condition.Name))
                {
                    isThere = true;
                    if (!QueryText.Holds(condition, equals < 0 ? default : pair[(equals + 1)..]))
                    {
                        return false;
                    }
                }
            }
            if (isThere != condition.IsThere)
            {
                return false;
            }
        }
        return true;
    }

    private static bool CookiesHold(IReadOnlyList<FieldCondition> conditions, IHeaderDictionary? headers)
    {
        var cookies = conditions.Count == 0 || headers is null ? default : headers.Cookie;
        for (var i = 0; i < conditions.Count; i++)
        {
            var condition = conditions[i];
            var isThere = false;
            foreach (var field in cookies)
            {
                foreach (var cookie in new CookieText(field))
                {
                    if (cookie.Name.SequenceEqual(condition.Name))
                    {
                        isThere = true;
                        if (!condition.Holds(cookie.Value))
                        {
                            return false;
                        }
                    }
                }
            }
            if (isThere != condition.IsThere)
            {
                return false;
            }
        }
        return true;
    }
}
