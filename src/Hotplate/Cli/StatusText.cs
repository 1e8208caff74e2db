using System.Globalization;
using System.Text;
using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>What <c>hotplate status</c> prints for people.</summary>
internal static class StatusText
{
    internal static string Make(ServerStatus status, int width)
    {
        var text = new StringBuilder();
        if (status.Apps is { } apps)
        {
            text.Append($"{status.State}, up {Amount.Time(status.Uptime)}, {string.Join(' ', status.Addresses)}\n");
            text.Append($"pid {status.Pid}, Hotplate {status.Version}\n");
            foreach (var app in apps)
            {
                text.Append($"\n{app.App}  {app.State}, {(app.Python.Length == 0 ? "" : $"Python {app.Python}, ")}{app.Target}\n");
                if (app.Why is { } why)
                {
                    text.Append($"             {why.TrimEnd().ReplaceLineEndings("\n             ")}\n");
                }
                Append(text, app, width);
            }
            return text.ToString();
        }
        text.Append($"{status.App}  {status.State}, up {Amount.Time(status.Uptime)}, {string.Join(' ', status.Addresses)}\n");
        text.Append($"pid {status.Pid}, Hotplate {status.Version}{(status.Python.Length == 0 ? "" : $", Python {status.Python}")}, {status.Target}\n");
        Append(text.Append('\n'), status, width);
        return text.ToString();
    }

    private static void Append(StringBuilder text, AppStatus status, int width)
    {
        foreach (var generation in status.Generations.Where(generation => status.State != "down"))
        {
            Append(text, generation, width);
            text.Append('\n');
        }
        text.Append($"requests     {status.Waiting} waiting, {status.InFlight} at workers\n");
        text.Append($"restarts     {Restarts(status)}\n");
        foreach (var death in status.Deaths)
        {
            text.Append($"             {Amount.Time(death.Ago)} ago, pid {death.Pid} of generation {death.Generation}: {death.Reason}\n");
        }
        foreach (var poison in status.Poisons)
        {
            text.Append($"poisonous    {poison.Method} {poison.Path}, {poison.Count}×, {Amount.Time(poison.Ago)} ago, request {poison.Id}\n");
        }
        if (status.Canary is { } canary)
        {
            var share = (canary.Share * 100).ToString("0.###", CultureInfo.InvariantCulture);
            text.Append($"canary       generation {canary.Generation} gets {share} % of the requests")
                .Append($" for another {Amount.Time(canary.Left)}\n             new: {Answers(canary.New)}; old: {Answers(canary.Old)}\n");
        }
        if (status.LastReload is not { } reload)
        {
            text.Append("last reload  none\n");
            return;
        }
        text.Append($"last reload  {Amount.Time(reload.Ago)} ago, {Outcome(reload)}\n");
        if (reload.Outcome == "failed")
        {
            text.Append($"             {reload.Message.ReplaceLineEndings("\n             ")}\n");
        }
    }

    private static void Append(StringBuilder text, GenerationStatus generation, int width)
    {
        text.Append($"generation {generation.Number}  {generation.State}\n");
        if (generation.Workers.Count == 0)
        {
            return;
        }
        var table = new TextTable(" WORKER", " PID", "STATE", " UP", " IN FLIGHT", " AT A TIME", " ANSWERED", " 5XX", " MEMORY");
        foreach (var worker in generation.Workers)
        {
            table.Add(
                Number(worker.Id), worker.Pid == 0 ? "-" : Number(worker.Pid), worker.State, Amount.Time(worker.Uptime), Number(worker.InFlight),
                Number(worker.Concurrency), Number(worker.Answered), Number(worker.ServerErrors), Amount.Size(worker.Memory));
        }
        table.Write(text, width);
    }

    private static string Restarts(AppStatus status) => status.Restarts.Count == 0
        ? "none"
        : $"{status.Restarts.Values.Sum()}: " + string.Join(", ", status.Restarts.Select(static reason => $"{reason.Value} {reason.Key}"));

    private static string Answers(AnswerStatus answers) => answers.P99 is not { } p99
        ? "no answers"
        : string.Create(CultureInfo.InvariantCulture, $"{answers.ServerErrors} of {answers.Answers} answers 5xx, P99 {p99 * 1000:0.0} ms");

    private static string Outcome(ReloadStatus reload) => reload.Outcome switch
    {
        "serves" => $"generation {reload.Generation} serves",
        "rolled_back" => $"generation {reload.Generation} was {reload.Message}",
        _ => $"generation {reload.Generation} was not fit to serve, and nothing has changed:",
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
