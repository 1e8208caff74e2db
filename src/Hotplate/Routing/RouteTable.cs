using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>The routes of a site. Immutable.</summary>
/// <remarks>
/// A match costs a look for the host, one for each label that wildcards have, and a walk along the path; routes with the same path are
/// asked one after another. Nothing is allocated.
/// </remarks>
internal sealed class RouteTable
{
    private readonly RouteMatch all;
    private readonly RouteEntry[] entries;
    private readonly Dictionary<string, PathNode>.AlternateLookup<ReadOnlySpan<char>> hosts;
    private readonly Dictionary<string, PathNode>.AlternateLookup<ReadOnlySpan<char>> wildcards;
    private readonly int mostLabels;
    private readonly PathNode? anyHost;

    /// <param name="routes">In the file's order. Two that match the same were refused when it was read: the first would have all.</param>
    internal RouteTable(IReadOnlyList<Route> routes)
    {
        Routes = routes;
        entries =
        [
            .. routes.SelectMany(static (route, order) =>
                from host in route.Settings.Hosts
                from path in route.Settings.Paths
                select new RouteEntry(route, host, path, order)),
        ];
        Array.Sort(entries, RouteEntry.Compare);
        var exact = new Dictionary<string, PathNode>(StringComparer.Ordinal);
        var below = new Dictionary<string, PathNode>(StringComparer.Ordinal);
        foreach (var host in entries.GroupBy(static entry => entry.Host))
        {
            var rank = 0;
            foreach (var entry in host)
            {
                entry.Rank = rank++;
            }
            var paths = PathNode.Build(host);
            if (host.Key.IsAny)
            {
                anyHost = paths;
            }
            else
            {
                (host.Key.IsWildcard ? below : exact).Add(host.Key.Name, paths);
            }
        }
        mostLabels = below.Keys.Select(static name => name.Count(static one => one == '.') + 1).DefaultIfEmpty(0).Max();
        hosts = exact.GetAlternateLookup<ReadOnlySpan<char>>();
        wildcards = below.GetAlternateLookup<ReadOnlySpan<char>>();
        if (entries is [{ Host.IsAny: true, Path.IsAny: true } only] && only.Route.Settings.Conditions == 0)
        {
            all = new RouteMatch(only.Route, only.Path);
        }
    }

    /// <summary>In the file's order.</summary>
    internal IReadOnlyList<Route> Routes { get; }

    /// <summary>The route of a request.</summary>
    internal RouteMatch Match(in RouteQuery query)
    {
        if (all.Route is not null)
        {
            return all;
        }
        var entry = hosts.TryGetValue(query.Host, out var paths) ? paths.Find(query) : null;
        entry ??= mostLabels == 0 ? null : FindBelow(query);
        entry ??= anyHost?.Find(query);
        return entry is null ? new RouteMatch(null, PathPattern.Any) : new RouteMatch(entry.Route, entry.Path);
    }

    /// <summary>Every route that could be asked, in the order in which it would be, and what becomes of it.</summary>
    internal IReadOnlyList<RouteStep> Explain(in RouteQuery query)
    {
        var steps = new List<RouteStep>();
        var taken = false;
        foreach (var entry in entries)
        {
            var step = RouteStep.Of(entry, query, taken);
            steps.Add(step);
            taken |= step.Verdict == RouteVerdict.Taken;
        }
        return steps;
    }

    /// <summary>The longest wildcard first: a.b.example.org is asked for *.b.example.org, then for *.example.org.</summary>
    private RouteEntry? FindBelow(in RouteQuery query)
    {
        var host = query.Host;
        // A client may send a host of a hundred labels; no wildcard has as many.
        var start = host.Length;
        for (var label = 0; label < mostLabels && start > 0; label++)
        {
            start = host[..start].LastIndexOf('.');
        }
        while (start < host.Length)
        {
            if (start > 0 && wildcards.TryGetValue(host[(start + 1)..], out var paths) && paths.Find(query) is { } entry)
            {
                return entry;
            }
            var next = host[(start + 1)..].IndexOf('.');
            start = next < 0 ? host.Length : start + 1 + next;
        }
        return null;
    }
}
