using Hotplate.Apps;
using Hotplate.Routing;
using Hotplate.Settings;

namespace Hotplate.Sites;

/// <summary>What is served at one moment. Whoever handles a request reads it once.</summary>
internal sealed class Site : IAsyncDisposable
{
    /// <param name="settings">Its routes and limits. Without routes the first application gets everything.</param>
    /// <param name="before">The one that it is to follow; null: it is the first.</param>
    internal Site(IReadOnlyList<App> apps, ServerSettings settings, TimeProvider time, ILogger log, Site? before = null)
    {
        Apps = apps;
        Handlers = [.. apps.Select(static app => app.Handler)];
        Tallies = new AnswerTallies(before?.Tallies);
        var made = settings.Routes.Select(new HandlerMaker(Find, Tallies, log).Make).ToList();
        Routes = made.Count == 0 ? null : new RouteTable(made);
        Rest = apps.Count > 1 || made.Exists(static route => route.Settings.Apps.Any()) ? null : ToFirst();
        Limits = RateLimits.Of(settings.Limits, before?.Limits, time);
        Tallies.Complete();
    }

    /// <summary>One whose applications are looked after elsewhere.</summary>
    internal Site(IReadOnlyList<AppHandler> handlers)
    {
        Handlers = handlers;
        Tallies = new AnswerTallies(null);
        Rest = ToFirst();
    }

    private AppRoute ToFirst() => new(Handlers[0], Tallies.Of(Handlers[0].Name, ""));

    private AppHandler Find(string name) => Handlers.First(app => app.Name == name);

    /// <summary>Null: there are none.</summary>
    internal RouteTable? Routes { get; }

    /// <summary>Null: there are none.</summary>
    internal RateLimits? Limits { get; }

    /// <summary>The application that gets what no route takes: one that is alone and has no route. Null: that is not found.</summary>
    internal AppRoute? Rest { get; }

    /// <summary>How its requests have ended, those of the sites before it included.</summary>
    internal AnswerTallies Tallies { get; }

    /// <summary>In the order of the settings.</summary>
    internal IReadOnlyList<App> Apps { get; } = [];

    /// <summary>The same as requests meet them.</summary>
    internal IReadOnlyList<AppHandler> Handlers { get; }

    /// <summary>The first application, which of one without routes gets everything.</summary>
    internal App Only => Apps[0];

    /// <summary>Somebody would be served.</summary>
    internal bool IsReady => Handlers.Any(static app => app.Pool is { Ready: > 0 } || app.Sleeps);

    internal bool IsStopping => Handlers.Any(static app => app.Stopping);

    /// <summary>Requests that wait or run.</summary>
    internal int Requests => Apps.Sum(static app => app.Run?.Requests ?? 0);

    internal bool IsReloading => Apps.Any(static app => app.Run?.Supervisor.IsReloading == true);

    /// <summary>As <see cref="App.KeepAsync"/>, of each by itself.</summary>
    internal void KeepAll()
    {
        foreach (var app in Apps)
        {
            _ = Task.Run(app.KeepAsync);
        }
    }

    /// <summary>One worker of each application more or fewer.</summary>
    internal void Pin(int change)
    {
        foreach (var app in Apps)
        {
            app.Pin(change);
        }
    }

    /// <param name="except">Those that have just been loaded.</param>
    internal void Reload(IReadOnlyList<App> except)
    {
        foreach (var app in Apps.Except(except))
        {
            app.Reload();
        }
    }

    /// <summary>As <see cref="App.Halt"/>.</summary>
    internal void Halt()
    {
        foreach (var app in Apps)
        {
            app.Halt();
        }
    }

    /// <summary>Lets what is in hand finish until <paramref name="patience"/> is over; then ends what is left.</summary>
    internal Task StopAsync(CancellationToken patience) => Task.WhenAll(Apps.Select(app => app.StopAsync(patience)));

    public async ValueTask DisposeAsync() => await Task.WhenAll(Apps.Select(static app => app.DisposeAsync().AsTask()));

    /// <summary>How its applications stand, in a line.</summary>
    public override string ToString() => string.Join("; ", Apps.Select(static app => app.Describe()));
}
