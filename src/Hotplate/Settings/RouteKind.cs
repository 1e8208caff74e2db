namespace Hotplate.Settings;

/// <summary>What a table of a hotplate.toml is that has conditions of requests: a route, or a limit.</summary>
/// <param name="Table">Its name: [[routes]].</param>
/// <param name="Word">What one of them is called.</param>
/// <param name="Code">For those whose keys are right one by one, and wrong together.</param>
/// <param name="Twin">What is wrong with a second one for the same requests, before the place of the first.</param>
/// <param name="Keys">All that may stand in it.</param>
/// <param name="Draft">Reads what it does.</param>
internal sealed record RouteKind(
    string Table, string Word, string Code, string Twin, IReadOnlyList<string> Keys, Func<RouteContext, ActionDraft> Draft)
{
    private static readonly string[] s_conditions = ["host", "path", "method", "scheme", "header", "query", "cookie", "client"];

    public static RouteKind Routes { get; } = new(
        "routes", "route", ErrorCode.BadRoute, "it takes the same requests as the route at",
        [
            .. s_conditions, .. RouteActionDraft.Keys, "strip-prefix", "mount", "request-headers", "response-headers", "name",
        ],
        static context => new RouteActionDraft(context));

    public static RouteKind Limits { get; } = new(
        "limits", "limit", ErrorCode.BadLimit, "it counts the same requests by the same key as the limit at",
        [.. s_conditions, .. LimitActionDraft.Keys, "name"],
        static _ => new LimitActionDraft());
}
