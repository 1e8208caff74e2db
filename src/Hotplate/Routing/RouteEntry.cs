using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>One host and one path of a route: what is compared with requests.</summary>
/// <param name="order">Of the route in the file: what stands earlier is tried first where nothing else decides.</param>
internal sealed class RouteEntry(Route route, HostPattern host, PathPattern path, int order)
{
    private readonly int conditions = route.Settings.Conditions;
    private readonly int order = order;

    internal Route Route { get; } = route;

    internal HostPattern Host { get; } = host;

    internal PathPattern Path { get; } = path;

    /// <summary>Its place among those of its host: the lowest that takes a request has it.</summary>
    internal int Rank { get; set; }

    /// <summary>In the order in which they are tried: host, path, conditions, place in the file. docs/routes.md tells it.</summary>
    internal static int Compare(RouteEntry one, RouteEntry other)
    {
        var host = (one.Host.IsWildcard, -one.Host.Name.Length).CompareTo((other.Host.IsWildcard, -other.Host.Name.Length));
        var path = (!one.Path.IsExact, -one.Path.Literal).CompareTo((!other.Path.IsExact, -other.Path.Literal));
        return host != 0 ? host
            : path != 0 ? path
            : one.conditions != other.conditions ? other.conditions.CompareTo(one.conditions)
            : one.order.CompareTo(other.order);
    }

    /// <summary>Its host and its path are known to be those of the request.</summary>
    internal bool Takes(in RouteQuery query) =>
        conditions == 0 || RouteConditions.FirstToFail(Route.Settings, query) == RouteCondition.None;
}
