using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>Reads the <c>[[routes]]</c> of a hotplate.toml.</summary>
internal static class RouteReader
{
    internal const string Table = "routes";

    /// <summary>Reads to the end whatever is wrong.</summary>
    /// <param name="tables">
    /// All whose name begins with <see cref="Table"/>, in the file's order: [[routes]], and [routes.header] and others, which belong to
    /// the one before.
    /// </param>
    /// <param name="problems">What is wrong is added to it.</param>
    /// <returns>Those that can be used.</returns>
    internal static IReadOnlyList<RouteSettings> Read(
        IEnumerable<TableSyntaxBase> tables, RouteContext context, ICollection<FileProblem> problems)
    {
        var drafts = new List<RouteDraft>();
        foreach (var table in tables)
        {
            var name = TomlKey.Of(table.Name!);
            if (table is TableArraySyntax && name == Table)
            {
                drafts.Add(new RouteDraft(table.Name!.Span, context, problems));
            }
            else if (drafts.Count == 0 || name == Table || table is TableArraySyntax)
            {
                problems.Add(new(table.Name!.Span, ErrorCode.UnknownKey, name, "routes are written [[routes]], each with two brackets."));
                continue;
            }
            var key = name == Table ? "" : name[(Table.Length + 1)..];
            if (key.Length > 0)
            {
                drafts[^1].Begin(key, table.Name!);
            }
            foreach (var pair in table.Items)
            {
                drafts[^1].Take(key, pair);
            }
        }
        var routes = drafts.Select(static draft => (Draft: draft, Route: draft.Finish())).ToList();
        var first = new Dictionary<(HostPattern Host, string Path, string Conditions), RouteSettings>();
        foreach (var (draft, route) in routes)
        {
            if (route is not null)
            {
                FindTwin(draft, route, first, problems);
            }
        }
        return [.. routes.Select(static one => one.Route).OfType<RouteSettings>()];
    }

    /// <summary>Of two that take the same requests one would never get any.</summary>
    private static void FindTwin(
        RouteDraft draft,
        RouteSettings route,
        Dictionary<(HostPattern Host, string Path, string Conditions), RouteSettings> first,
        ICollection<FileProblem> problems)
    {
        RouteSettings? told = null;
        foreach (var host in route.Hosts)
        {
            foreach (var path in route.Paths)
            {
                if (first.TryAdd((host, path.Key, route.ConditionKey), route))
                {
                    continue;
                }
                var other = first[(host, path.Key, route.ConditionKey)];
                if (ReferenceEquals(other, told))
                {
                    continue;
                }
                told = other;
                var at = $"host {host}, path {path}";
                var conditions = route.Conditions == 0 ? "" : " and the same conditions";
                var what = ReferenceEquals(other, route)
                    ? $"{at} stands in it twice. Remove one of them."
                    : $"it takes the same requests as the route at {other.Place}: {at}{conditions}. "
                        + "Remove one of them, or tell them apart.";
                problems.Add(new(draft.Span, ErrorCode.BadRoute, Table, what));
            }
        }
    }
}
