using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>What becomes of a route when it is asked for a request, for people.</summary>
/// <param name="Why">A few words.</param>
internal sealed record RouteStep(RouteEntry Entry, RouteVerdict Verdict, string Why)
{
    /// <param name="taken">One before it has the request.</param>
    internal static RouteStep Of(RouteEntry entry, in RouteQuery query, bool taken)
    {
        var route = entry.Route.Settings;
        if (!HostFits(entry.Host, query.Host))
        {
            return new(entry, RouteVerdict.OtherHost, $"its host is {entry.Host}");
        }
        if (!entry.Path.Matches(query.Path))
        {
            return new(entry, RouteVerdict.OtherPath, $"its path is {entry.Path}");
        }
        var failed = RouteConditions.FirstToFail(route, query);
        if (failed != RouteCondition.None)
        {
            return new(entry, RouteVerdict.Refused, $"host and path fit, but {WhyNot(failed, route)}");
        }
        return taken
            ? new(entry, RouteVerdict.Later, "it would take it, if those before did not")
            : new(
                entry,
                RouteVerdict.Taken,
                $"host {entry.Host}, path {entry.Path}{(route.Conditions == 0 ? "" : ", and its conditions hold")}");
    }

    private static bool HostFits(HostPattern pattern, ReadOnlySpan<char> host) =>
        pattern.IsAny
        || (pattern.IsWildcard
            ? host.Length > pattern.Name.Length + 1 && host.EndsWith(pattern.Name) && host[^(pattern.Name.Length + 1)] == '.'
            : host.SequenceEqual(pattern.Name));

    private static string WhyNot(RouteCondition failed, RouteSettings route) => failed switch
    {
        RouteCondition.Method =>
            $"its method is {string.Join(", ", route.Methods.Concat(route.RefusedMethods.Select(static one => "!" + one)))}",
        RouteCondition.Scheme => $"it is for {(route.Https == true ? "https" : "http")} only",
        RouteCondition.Client => $"its client is {route.Clients!.Key}",
        RouteCondition.Header => $"its header is {Keys(route.Headers)}",
        RouteCondition.Query => $"its query is {Keys(route.Queries)}",
        _ => $"its cookie is {Keys(route.Cookies)}",
    };

    private static string Keys(IReadOnlyList<FieldCondition> conditions) => string.Join(", ", conditions.Select(static one => one.Key));
}

/// <summary>What becomes of a route when it is asked for a request.</summary>
internal enum RouteVerdict : byte
{
    Taken,

    /// <summary>It would take it, had another not.</summary>
    Later,

    /// <summary>Host and path fit; a condition does not hold.</summary>
    Refused,
    OtherPath,
    OtherHost,
}
