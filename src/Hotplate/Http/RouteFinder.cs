using Hotplate.Routing;

namespace Hotplate.Http;

/// <summary>Which route a request takes, and what that makes of its path.</summary>
internal static class RouteFinder
{
    internal static RouteMatch Find(RequestContext context, RouteTable routes, in RequestTarget target)
    {
        var query = new RouteQuery
        {
            Host = HostName.Of(context.Origin.Host, stackalloc char[HostName.ScratchSize]),
            Path = target.Path,
            Method = context.Request.Method,
            Query = target.QueryStart < 0 ? default : target.Raw.AsSpan(target.QueryStart),
            Headers = context.Request.Headers,
            Client = context.Origin.Client,
            IsHttps = context.Origin.Https,
        };
        return routes.Match(query);
    }

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
