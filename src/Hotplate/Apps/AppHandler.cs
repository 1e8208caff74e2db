using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>One application as requests meet it: where its bodies are spooled and which workers run it.</summary>
internal sealed class AppHandler(AppSettings app, HttpSettings http, WorkerPool? pool, SpoolDirectory spool, ClientMemory memory)
{
    private volatile WorkerPool? pool = pool;
    private volatile AppHandler? successor;
    private volatile Func<Task>? wake;

    internal string Name { get; } = app.Name;

    /// <summary>Who takes its requests at the moment; null: nobody, and they get 503.</summary>
    internal WorkerPool? Pool
    {
        get => successor is { } next ? next.Pool : pool;
        set => pool = value;
    }

    /// <summary>Nobody takes its requests, and somebody would if he were asked to.</summary>
    internal bool Sleeps => successor is { } next ? next.Sleeps : pool is null && wake is not null;

    /// <summary>Completes when there is a pool again, or there will be none.</summary>
    internal Task WakeAsync() => successor is { } next ? next.WakeAsync() : wake?.Invoke() ?? Task.CompletedTask;

    /// <summary>How it is made to run by a request; null: it is not.</summary>
    internal Func<Task>? Waker
    {
        set => wake = value;
    }

    /// <summary>Where it is mounted.</summary>
    internal Mount Mount { get; } = new(app.Mount);

    internal HttpSettings Http { get; } = http;

    /// <summary>Which requests go to one worker; null: each goes to any.</summary>
    internal AffinityRule? Affinity { get; init; }

    internal SpoolDirectory Spool { get; } = spool;

    internal ClientMemory Memory { get; } = memory;

    internal RouteNotices Notices { get; init; } = new(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    /// <summary>The server is about to stop: answers from now on ask the client to come back on another connection.</summary>
    internal bool Stopping { get; set; }

    /// <summary>From now on another serves what this one is still given: who read the site a moment ago, or a long body since.</summary>
    internal void Follow(AppHandler next) => successor = next;

    /// <summary>A place for a connection's requests, one after another.</summary>
    internal AppExchange NewExchange() => new(this);
}
