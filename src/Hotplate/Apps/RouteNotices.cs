namespace Hotplate.Apps;

/// <summary>What is to be told of an application's answers, once for each route: it is the same with every request.</summary>
/// <remarks>Safe to call from any thread. So many routes are remembered; nothing is told of more.</remarks>
internal sealed class RouteNotices(ILogger log)
{
    private const int Most = 256;
    private readonly Lock gate = new();
    private readonly HashSet<(ulong Route, string What)> told = [];

    /// <summary>An answer had a field that is about the connection, and went without it.</summary>
    internal void FieldOfConnection(AppExchange exchange, string field)
    {
        if (IsNew(exchange.Route, field.ToUpperInvariant()))
        {
            log.FieldOfConnection(exchange.RouteName, field, exchange.RequestId);
        }
    }

    /// <summary>A worker let a head pass that it should have refused.</summary>
    internal void ForbiddenHead(AppExchange exchange, int pid)
    {
        if (IsNew(exchange.Route, ""))
        {
            log.ForbiddenHead(exchange.RouteName, pid, exchange.RequestId);
        }
    }

    private bool IsNew(ulong route, string what)
    {
        lock (gate)
        {
            return told.Count < Most && told.Add((route, what));
        }
    }
}
