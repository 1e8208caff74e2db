using System.Globalization;
using System.Text;
using Hotplate.Control;
using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary>What <c>hotplate top</c> shows: the server, its applications, their workers, the requests in flight.</summary>
internal static class TopPage
{
    // Two lines of the server's, three headings with a blank line before each, and the keys.
    private const int FixedLines = 9;
    private const int LeastWidth = 20;

    /// <param name="choice">Null: nothing can be chosen.</param>
    /// <param name="last">The last line: keys, or what came of one.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines there are; what does not fit is counted.</param>
    internal static IReadOnlyList<ScreenLine> Make(TopSample now, TopChoice? choice, string last, int width, int height)
    {
        width = Math.Max(width, LeastWidth);
        var room = height == int.MaxValue ? int.MaxValue : Math.Max(3, height - FixedLines);
        var (apps, workers, requests) = (now.Apps.Count, now.Workers.Count, Math.Max(1, now.Requests.Count));
        if (room < (long)apps + workers + requests)
        {
            apps = Math.Min(apps, Math.Max(1, room / 4));
            workers = Math.Min(workers, Math.Max(1, Math.Max((room - apps) / 2, room - apps - requests)));
            requests = Math.Max(1, room - apps - workers);
        }
        var lines = new List<ScreenLine> { new(Cut(Server(now.Status), width), LineLook.Head), new(Cut(Totals(now), width)) };
        Add(lines, Apps(now), choice?.AppAt(now), apps, width);
        Add(lines, Workers(now, choice?.Order ?? TopOrder.Worker), null, workers, width);
        if (now.Requests.Count == 0)
        {
            lines.AddRange([new(""), new("no requests in flight")]);
        }
        else
        {
            Add(lines, Requests(now), choice?.RequestAt(now), requests, width);
        }
        if (last.Length > 0)
        {
            while (height != int.MaxValue && lines.Count < height - 1)
            {
                lines.Add(new(""));
            }
            lines.Add(new(Cut(Visible.Line(last), width)));
        }
        return lines;
    }

    private static string Server(ServerStatus status) => Visible.Line(
        $"{(status.Apps is null ? status.App + "  " : "")}{status.State}, up {Amount.Time(status.Uptime)}, "
        + $"{string.Join(' ', status.Addresses)}, pid {status.Pid}, Hotplate {status.Version}");

    private static string Totals(TopSample now) => string.Join(", ", [
        now.Workers.Count == 1 ? "1 worker" : $"{now.Workers.Count} workers", $"{now.Status.InFlight} in flight",
        $"{now.Status.Waiting} waiting", $"{Rate(now.Workers.Sum(static one => one.Answered))} answers/s",
        $"{Rate(now.Workers.Sum(static one => one.ServerErrors))} 5xx/s", $"{Cpu(now.Workers.Sum(static one => one.Cpu))} % CPU",
        Amount.Size(now.Workers.Sum(static one => one.Status.Memory)),
    ]);

    private static TextTable Apps(TopSample now)
    {
        var table = new TextTable(
            "APP", "STATE", " WORKERS", " WAITING", " IN FLIGHT", " ANSWERS/S", " 5XX/S", " CPU %", " MEMORY", "LAST RELOAD");
        foreach (var app in now.Apps)
        {
            var own = now.Workers.Where(one => one.App == app.App).ToList();
            table.Add(
                Visible.Line(app.App), app.State, Number(own.Count), Number(app.Waiting), Number(app.InFlight),
                Rate(own.Sum(static one => one.Answered)), Rate(own.Sum(static one => one.ServerErrors)),
                Cpu(own.Sum(static one => one.Cpu)), Amount.Size(own.Sum(static one => one.Status.Memory)),
                app.LastReload is { } reload ? $"{Amount.Time(reload.Ago)} ago, {reload.Outcome.Replace('_', ' ')}" : "-");
        }
        return table;
    }

    private static TextTable Workers(TopSample now, TopOrder order)
    {
        var table = new TextTable(
            " WORKER", " PID", "APP", "STATE", " UP", " IN FLIGHT", " ANSWERED", " ANSWERS/S", " 5XX/S", " CPU %", " MEMORY");
        foreach (var one in Sort(now.Workers, order))
        {
            var worker = one.Status;
            table.Add(
                Number(worker.Id), worker.Pid == 0 ? "-" : Number(worker.Pid), Visible.Line(one.App), worker.State,
                Amount.Time(worker.Uptime), $"{worker.InFlight}/{worker.Concurrency}", Number(worker.Answered), Rate(one.Answered),
                Rate(one.ServerErrors), Cpu(one.Cpu), Amount.Size(worker.Memory));
        }
        return table;
    }

    private static IEnumerable<TopWorker> Sort(IReadOnlyList<TopWorker> workers, TopOrder order) => order switch
    {
        TopOrder.Cpu => workers.OrderByDescending(static one => one.Cpu),
        TopOrder.Memory => workers.OrderByDescending(static one => one.Status.Memory),
        TopOrder.Rate => workers.OrderByDescending(static one => one.Answered),
        _ => workers,
    };

    private static TextTable Requests(TopSample now)
    {
        var apps = now.Apps.Count > 1;
        var table = new TextTable("REQUEST", " AGE", "PHASE", apps ? "APP" : "", " WORKER", "PATH");
        foreach (var one in now.Requests)
        {
            table.Add(
                Visible.Line(one.Id), Amount.Time(one.Age), one.Phase, apps ? Visible.Line(one.App ?? "-") : "",
                one.Worker is { } worker ? Number(worker) : "-", Visible.Line($"{one.Method} {one.Path}"));
        }
        return table;
    }

    /// <summary>As many rows of a table as there is room for, the chosen one among them.</summary>
    private static void Add(List<ScreenLine> lines, TextTable table, int? chosen, int room, int width)
    {
        var text = new StringBuilder();
        table.Write(text, width);
        var rows = text.ToString().TrimEnd('\n').Split('\n');
        lines.Add(new(""));
        lines.Add(new(rows[0], LineLook.Head));
        var count = rows.Length - 1;
        var shown = count <= room ? count : Math.Max(1, room - 1);
        var first = Math.Clamp((chosen ?? 0) - (shown / 2), 0, Math.Max(0, count - shown));
        for (var row = first; row < first + shown; row++)
        {
            lines.Add(new(rows[row + 1], row == chosen ? LineLook.Selected : LineLook.Plain));
        }
        if (shown < count && room > 1)
        {
            lines.Add(new($"… {count - shown} more"));
        }
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "…";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Rate(double rate) => double.IsNaN(rate) ? "-" : rate.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Cpu(double share) => double.IsNaN(share) ? "-" : (share * 100).ToString("0", CultureInfo.InvariantCulture);
}
