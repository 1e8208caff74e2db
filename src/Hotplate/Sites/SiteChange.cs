using Hotplate.Apps;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Sites;

/// <summary>From one site to the next, as a whole or not at all: what HUP, <c>hotplate apply</c> and the API have in common.</summary>
/// <remarks>Everything is read, then whatever is new is started out of sight until it serves; only then is the site replaced, in one write.
/// What was replaced finishes what it has.</remarks>
/// <param name="read">Reads again what the server was told when it started, but for the file's name where one is given.</param>
internal sealed class SiteChange(CurrentSite site, ServerSettings started, AppSurroundings shared, Func<FileText, SettingsOutcome> read)
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private volatile ServerSettings? applied;
    private volatile bool halted;

    private static ReloadResult IsStopping { get; } =
        new(1, "HP502  the server is stopping, so nothing is changed. Start it again instead.");

    private ServerSettings Running => applied ?? started;

    /// <summary>The server is to stop: nothing is changed any more.</summary>
    internal void Halt() => halted = true;

    /// <param name="file">Another file than the one that was read last; null: that one.</param>
    /// <param name="isTrial">Says what would change, and changes nothing.</param>
    /// <param name="fresh">Told the applications that were started for it.</param>
    internal async Task<ReloadResult> ApplyAsync(string? file, bool isTrial, Action<IReadOnlyList<App>>? fresh = null)
    {
        await turn.WaitAsync();
        try
        {
            return halted
                ? IsStopping
                : await ChangeAsync(read(new FileText(file ?? Running.File)), isTrial, fresh);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What stands in the file that is served, or what was made of it since.</summary>
    internal string Text => Running.FileText;

    /// <summary>Serves a text in place of what stands in the file, until that is read again.</summary>
    /// <param name="edit">Makes it of the one that is served. Nothing else changes that meanwhile. What it throws is thrown.</param>
    internal async Task<ReloadResult> EditAsync(Func<string, string> edit, bool isTrial)
    {
        await turn.WaitAsync();
        try
        {
            var text = edit(Running.FileText);
            return halted ? IsStopping : await ChangeAsync(read(new FileText(Running.File, text)), isTrial, null);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What the file says, if there is one, and the code anew of every application that goes on. What goes wrong is
    /// logged.</summary>
    internal async Task ReloadAsync()
    {
        try
        {
            await ReloadAllAsync();
        }
        catch (Exception error)
        {
            shared.Log.NotApplied(error.Message);
        }
    }

    private async Task ReloadAllAsync()
    {
        IReadOnlyList<App> fresh = [];
        if (started.File is not null)
        {
            var result = await ApplyAsync(null, isTrial: false, started => fresh = started);
            if (result.Code != 0)
            {
                shared.Log.NotApplied(result.Headline);
                return;
            }
            shared.Log.Applied(result.Message);
        }
        site.Now.Reload(except: fresh);
    }

    private async Task<ReloadResult> ChangeAsync(SettingsOutcome outcome, bool isTrial, Action<IReadOnlyList<App>>? tell)
    {
        if (outcome.Settings is not { } next)
        {
            return new ReloadResult(1, string.Join('\n', outcome.Problems));
        }
        if (next.Apps.Count == 0 != (Running.Apps.Count == 0))
        {
            return new ReloadResult(1, "HP512  the file had one application and has tables for several now, or the other way round. "
                + "That takes a new start: hotplate upgrade loses no request.");
        }
        var plan = ChangePlan.Make(site.Now.Apps, started, Running, next);
        if (isTrial)
        {
            return new ReloadResult(0, plan.Describe());
        }
        var apps = new List<App>();
        var fresh = new List<App>();
        foreach (var (settings, kept, before) in plan.Apps)
        {
            var app = kept ?? new App(settings, shared, before);
            apps.Add(app);
            if (kept is null)
            {
                fresh.Add(app);
            }
        }
        var failures = await Task.WhenAll(fresh.Select(app => app.StartAsync(shared.Ending)));
        if (Array.Exists(failures, static failure => failure is not null) || halted)
        {
            await Task.WhenAll(fresh.Select(static app => app.DisposeAsync().AsTask()));
            var said = failures.OfType<ReloadResult>().ToList();
            return said.Count == 0
                ? IsStopping
                : new ReloadResult(said[0].Code, string.Join('\n', said.Select(static one => one.Message)));
        }
        var old = site.Now;
        site.Now = new Site(apps, next, shared.Time, shared.Log, old);
        applied = next;
        foreach (var app in old.Apps.Except(apps))
        {
            _ = app.RetireAsync(fresh.Find(one => one.Name == app.Name));
        }
        tell?.Invoke(fresh);
        return new ReloadResult(0, plan.Describe());
    }
}
