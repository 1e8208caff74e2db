using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>Reads the <c>[[routes]]</c> of a hotplate.toml, and its <c>[[limits]]</c>.</summary>
internal static class RouteReader
{
    /// <summary>Reads to the end whatever is wrong.</summary>
    /// <param name="tables">
    /// All whose name begins with that of the kind, in the file's order: [[routes]], and [routes.header] and others, which belong to
    /// the one before.
    /// </param>
    /// <param name="problems">What is wrong is added to it.</param>
    /// <returns>Those that can be used.</returns>
    internal static IReadOnlyList<RouteSettings> Read(
        RouteKind kind, IEnumerable<TableSyntaxBase> tables, RouteContext context, ICollection<FileProblem> problems)
    {
        var drafts = new List<RouteDraft>();
        foreach (var table in tables)
        {
            var name = TomlKey.Of(table.Name!);
            if (table is TableArraySyntax && name == kind.Table)
            {
                drafts.Add(new RouteDraft(kind, table.Name!.Span, context, problems));
            }
            else if (drafts.Count == 0 || name == kind.Table || table is TableArraySyntax)
            {
                var brackets = $"{kind.Table} are written [[{kind.Table}]], each with two brackets.";
                problems.Add(new(table.Name!.Span, ErrorCode.UnknownKey, name, brackets));
                continue;
            }
            var key = name == kind.Table ? "" : name[(kind.Table.Length + 1)..];
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
                FindTwin(kind, draft, route, first, problems);
            }
        }
        return [.. routes.Select(static one => one.Route).OfType<RouteSettings>()];
    }

    /// <summary>Of two that take the same requests one would never get any.</summary>
    private static void FindTwin(
        RouteKind kind,
        RouteDraft draft,
        RouteSettings route,
        Dictionary<(HostPattern Host, string Path, string Conditions), RouteSettings> first,
        ICollection<FileProblem> problems)
    {
        RouteSettings? told = null;
        // Limits with other keys count other things, and both hold.
        var asked = route.ConditionKey + (route.Action as RouteAction.Limit)?.Key;
        foreach (var host in route.Hosts)
        {
            foreach (var path in route.Paths)
            {
                if (first.TryAdd((host, path.Key, asked), route))
                {
                    continue;
                }
                var other = first[(host, path.Key, asked)];
                if (ReferenceEquals(other, told))
                {
                    continue;
                }
                told = other;
                var at = $"host {host}, path {path}";
                var conditions = route.Conditions == 0 ? "" : " and the same conditions";
                var what = ReferenceEquals(other, route)
                    ? $"{at} stands in it twice. Remove one of them."
                    : $"{kind.Twin} {other.Place}: {at}{conditions}. Remove one of them, or tell them apart.";
                problems.Add(new(draft.Span, kind.Code, kind.Table, what));
            }
        }
    }
}
