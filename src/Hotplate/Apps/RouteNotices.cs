namespace Hotplate.Apps;

/// <summary>What is to be told of an application's answers, once for each route: it is the same with every request.</summary>
/// <remarks>Safe to call from any thread. So many routes are remembered; nothing is told of more.</remarks>
/// <param name="generation">The number of the generation that serves: what is told once for each.</param>
internal sealed class RouteNotices(ILogger log, Func<int>? generation = null)
{
    private const int Most = 256;
    private readonly Lock gate = new();
    private int toldWebSocket;
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

    /// <summary>A client asks for a WebSocket. Told once for each generation.</summary>
    internal void WebSocket(AppExchange exchange)
    {
        var now = generation?.Invoke() ?? 1;
        if (Interlocked.Exchange(ref toldWebSocket, now) != now)
        {
            log.WebSocketAsked(exchange.RouteName, exchange.RequestId);
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
