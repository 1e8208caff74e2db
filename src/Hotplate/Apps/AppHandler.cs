using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>One application as requests meet it: where its bodies are spooled and which workers run it.</summary>
internal sealed class AppHandler(AppSettings app, HttpSettings http, WorkerPool pool, SpoolDirectory spool, ClientMemory memory)
{
    internal string Name { get; } = app.Name;

    internal WorkerPool Pool { get; } = pool;

    internal HttpSettings Http { get; } = http;

    internal SpoolDirectory Spool { get; } = spool;

    internal ClientMemory Memory { get; } = memory;

    internal RouteNotices Notices { get; init; } = new(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    /// <summary>The server is about to stop: answers from now on ask the client to come back on another connection.</summary>
    internal bool Stopping { get; set; }

    /// <summary>A place for a connection's requests, one after another.</summary>
    internal AppExchange NewExchange() => new(this);
}
