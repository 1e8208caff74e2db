using System.Diagnostics;
using System.Runtime.InteropServices;
using Hotplate.Control;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate top</c>: a running server, looked at every second until somebody has seen enough.</summary>
/// <remarks>It asks the control API and nothing else. All asking is done away from the keys, so that they work whatever the server does.</remarks>
internal sealed class TopVerb(ControlSettings settings, string? name)
{
    internal const string Name = "top";
    private const int LookForKeys = 100; // milliseconds
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    private TopChoice choice = new();
    private RequestStatus? doomed;
    private Task<string>? order;
    private string said = "";
    private volatile string? socket;
    private volatile bool ended;

    /// <returns>The exit code: 0 seen, 1 no server was found.</returns>
    internal int Run()
    {
        try
        {
            var first = Look(null);
            using var screen = Screen.TryOpen();
            if (screen is null)
            {
                // By the second needs a second.
                Thread.Sleep(s_between);
                var page = TopPage.Make(Look(first), null, "", int.MaxValue, int.MaxValue);
                Console.Out.Write(string.Concat(page.Select(static line => line.Text + '\n')));
                return 0;
            }
            using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            using var hup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
            Show(screen, first);
            return 0;
        }
        catch (ControlException error)
        {
            Console.Error.WriteLine(Visible.Lines(error.Message));
            return ProblemReport.SettingsExitCode;
        }
    }

    private void Show(Screen screen, TopSample now)
    {
        Task<TopSample>? look = null;
        var lookedAt = Stopwatch.GetTimestamp();
        string? trouble = null;
        while (!ended)
        {
            if (look is null && Stopwatch.GetElapsedTime(lookedAt) >= s_between)
            {
                var before = now;
                lookedAt = Stopwatch.GetTimestamp();
                look = Task.Run(() => Look(before));
            }
            if (look is { IsCompleted: true })
            {
                trouble = look.Exception?.InnerException?.Message;
                now = look.IsCompletedSuccessfully ? look.Result : now;
                look = null;
            }
            if (order is { IsCompleted: true })
            {
                said = order.Exception?.InnerException?.Message ?? order.Result;
                order = null;
            }
            var size = Screen.SizeOf();
            screen.Draw(TopPage.Make(now, choice, LastLine(now, trouble), size.Width, size.Height), size);
            for (var key = screen.Read(LookForKeys); key != '\0' && !ended; key = screen.Read(0))
            {
                Press(key, now);
            }
        }
    }

    private void Press(char key, TopSample now)
    {
        if (doomed is { } request)
        {
            doomed = null;
            said = "";
            if (key is 'y' or 'Y')
            {
                Order($"{request.Method} {request.Path} is ended", new("DELETE", "/v1/requests/" + Uri.EscapeDataString(request.Id)));
                return;
            }
            if (key != Screen.Interrupt)
            {
                return;
            }
        }
        said = order is null ? "" : said;
        switch (key)
        {
            case 'q' or 'Q' or Screen.Interrupt: ended = true; break;
            case 's': choice = choice.Sorted(); break;
            case Screen.Left: choice = choice.MoveApp(now, -1); break;
            case Screen.Right: choice = choice.MoveApp(now, 1); break;
            case Screen.Up: choice = choice.MoveRequest(now, -1); break;
            case Screen.Down: choice = choice.MoveRequest(now, 1); break;
            case 'r':
                var app = now.Apps[choice.AppAt(now)].App;
                Order($"{app} is loaded anew", ControlQuestion.Of("reload", app), app + ": ");
                break;
            case 'k' when now.Requests.Count > 0: doomed = now.Requests[choice.RequestAt(now)]; break;
            default: break;
        }
    }

    private string LastLine(TopSample now, string? trouble) =>
        doomed is { } request ? $"End {request.Method} {request.Path} for its client? y ends it, any other key does not."
        : trouble is not null ? $"q quits. {trouble}"
        : said.Length > 0 ? said
        : $"q quit   s sorted by {choice.Order.ToString().ToLowerInvariant()}   ←→ app   r reload {now.Apps[choice.AppAt(now)].App}   "
            + "↑↓ request   k end it";

    /// <summary>Has the server do something; what comes of it is told when it is known.</summary>
    /// <param name="of">Stands before that.</param>
    private void Order(string what, ControlQuestion question, string of = "")
    {
        if (order is not null)
        {
            said += " Wait for that.";
            return;
        }
        said = what + " …";
        order = Task.Run(() => Ask(question).Message is { } answer ? of + (answer.Message ?? $"code {answer.Code}") : "");
    }

    private TopSample Look(TopSample? before)
    {
        var status = Ask(ControlQuestion.Status).As(ControlJson.Default.ServerStatus);
        var requests = Ask(new ControlQuestion("GET", "/v1/requests")).As(ControlJson.Default.IReadOnlyListRequestStatus);
        if (status.State == "replaced")
        {
            // The next look is for the one that took its place.
            socket = null;
        }
        return new TopSample(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, status, requests, before);
    }

    private ControlReply Ask(ControlQuestion question)
    {
        try
        {
            return ControlClient.AskAt(socket ??= ControlClient.Find(settings, name), question);
        }
        catch (ControlException)
        {
            // It may have been started again, and be elsewhere.
            socket = null;
            throw;
        }
    }

    private void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        ended = true;
    }
}
