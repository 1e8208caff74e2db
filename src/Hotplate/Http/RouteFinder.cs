using Hotplate.Routing;

namespace Hotplate.Http;

/// <summary>Which route a request takes, and what that makes of its path.</summary>
internal static class RouteFinder
{
    internal static RouteMatch Find(RequestContext context, RouteTable routes, in RequestTarget target)
    {
        Span<char> scratch = stackalloc char[HostName.ScratchSize];
        return routes.Match(Query(context, target, scratch));
    }

    /// <summary>Counts the request. False: a limit refuses it, which the context then knows.</summary>
    /// <param name="app">The application that it goes to; empty: to none.</param>
    internal static bool TryPass(RequestContext context, RateLimits limits, string app, in RequestTarget target)
    {
        Span<char> scratch = stackalloc char[HostName.ScratchSize];
        if (limits.FirstToRefuse(Query(context, target, scratch), app, out var wait) is not { } limit)
        {
            return true;
        }
        context.RefusedBy = (limit, wait);
        return false;
    }

    private static RouteQuery Query(RequestContext context, in RequestTarget target, Span<char> scratch) => new()
    {
        Host = HostName.Of(context.Origin.Host, scratch),
        Path = target.Path,
        Method = context.Request.Method,
        Query = target.QueryStart < 0 ? default : target.Raw.AsSpan(target.QueryStart),
        Headers = context.Request.Headers,
        Client = context.Origin.Client,
        IsHttps = context.Origin.Https,
    };

    /// <summary>What of the path is SCRIPT_NAME and what PATH_INFO, as the route has it, or else the application.</summary>
    internal static bool TryCut(Route? route, Mount own, ReadOnlySpan<byte> path, out string script, out ReadOnlySpan<byte> pathInfo)
    {
        script = own.ScriptName;
        if (route?.Cut is not { } cut)
        {
            return own.TryMatch(path, out pathInfo);
        }
        // Behind the route's own prefix stands what the application's settings say of it.
        if (route.Settings.Mount.Length > 0)
        {
            script = script.Length == 0 ? cut.ScriptName : cut.ScriptName + script;
        }
        return cut.TryMatch(path, out pathInfo) && own.TryMatch(pathInfo, out pathInfo);
    }
}
