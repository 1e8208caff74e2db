using System.Text.Json;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Control;

/// <summary>What the control socket's commands do.</summary>
/// <param name="addresses">Where the server listens, as it knows at the moment.</param>
internal sealed class ControlCommands(AppSettings app, Supervisor supervisor, WorkerPool pool, Func<IEnumerable<string>> addresses, TimeProvider time)
{
    private static readonly TimeSpan StackPatience = TimeSpan.FromSeconds(5);

    /// <summary>The server is about to end.</summary>
    internal bool Stopping { get; set; }

    /// <summary>Another process serves in its place, or is about to.</summary>
    internal bool IsReplaced { get; set; }

    internal required Func<Task<ReloadResult>> Upgrade { get; init; }

    internal required Func<ReloadResult> Stop { get; init; }

    /// <summary>The file of the server's own log; null: its standard error.</summary>
    internal string? Log { get; init; }

    internal required Func<bool> IsUpgrading { get; init; }

    internal async Task<ControlMessage> AnswerAsync(ControlMessage question) => question.Command switch
    {
        "status" => new ControlMessage { Code = 0, Status = Status() },
        "ps" => new ControlMessage { Code = 0, Requests = [.. pool.Look(Workers()).OrderByDescending(static view => view.Age).Select(Describe)] },
        "stacks" => new ControlMessage { Code = 0, Stacks = await StacksAsync() },
        "kill" => Kill(question.Request ?? ""),
        "reload" => await ReloadAsync(),
        "upgrade" => From(await Upgrade()),
        "stop" => From(Stop()),
        _ => new ControlMessage { Code = 1, Error = "HP406", Message = $"HP406  this server knows no command \"{question.Command}\". Is it older than the program that asks?" },
    };

    // A program that has begun loads the code as it is now.
    private async Task<ControlMessage> ReloadAsync() => From(IsUpgrading()
        ? new ReloadResult(1, $"HP501  {app.Name}: an upgrade is under way, which loads the application anew. Wait until it is decided: the log tells of it.")
        : await supervisor.ReloadAsync());

    private static ControlMessage From(ReloadResult result) => new() { Code = result.Code, Error = result.Error, Message = result.Message };

    private List<Worker> Workers() => [.. supervisor.Generations.SelectMany(static generation => generation.Workers).Select(static process => process.Worker)];

    private async Task<WorkerStacks[]> StacksAsync()
    {
        var asked = supervisor.Generations.SelectMany(static generation => generation.Workers)
            .Where(static process => process.Worker.State is WorkerState.Ready or WorkerState.Draining)
            .Select(static process => (Process: process, Text: process.Worker.DumpStacksAsync())).ToList();
        await Task.WhenAny(Task.WhenAll(asked.Select(static one => one.Text)), Task.Delay(StackPatience, time));
        return [.. asked.Select(static one => new WorkerStacks
        {
            Worker = one.Process.Worker.Pid,
            Generation = one.Process.Generation.Number,
            Text = one.Text.IsCompletedSuccessfully ? one.Text.Result : "",
        })];
    }

    private ControlMessage Kill(string id)
    {
        var killed = id.Length == 0 ? [] : pool.Kill(id, Workers());
        return killed.Count == 0
            ? new ControlMessage { Code = 1, Error = "HP407", Message = $"HP407  no request {id} waits or runs here. hotplate ps lists those that do." }
            : new ControlMessage { Code = 0, Message = string.Join('\n', killed.Select(Tell)) };
    }

    private static string Tell(RequestView killed) => $"{killed.Name} was ended" + killed.Phase switch
    {
        RequestPhase.Waiting or RequestPhase.Ready => ", which no worker had begun",
        _ => $" for its client; its thread in worker {killed.Worker!.Pid} gets an exception as soon as it runs Python code",
    };

    private static RequestStatus Describe(RequestView view) => new()
    {
        Id = view.Name?.Id ?? "-",
        Phase = Word(view.Phase),
        Age = Math.Round(view.Age / 1e9, 6),
        QueueTime = Math.Round(view.QueueTime / 1e9, 6),
        Method = view.Name?.Method ?? "-",
        Path = view.Name?.Target ?? "-",
        Worker = view.Worker?.Pid,
        Thread = view.Thread == 0 ? null : view.Thread,
    };

    private ServerStatus Status()
    {
        var history = supervisor.History;
        var generations = supervisor.Generations;
        var workers = generations.SelectMany(static generation => generation.Workers).ToList();
        return new ServerStatus
        {
            Version = typeof(ControlCommands).Assembly.GetName().Version!.ToString(3),
            Pid = Environment.ProcessId,
            State = IsReplaced ? "replaced" : Stopping ? "stopping" : !supervisor.Started.IsCompleted ? "starting" : supervisor.IsReloading ? "reloading" : "serving",
            Uptime = Seconds(history.Uptime),
            App = app.Name,
            Target = app.Target,
            Log = Log,
            Python = supervisor.Serving.Python,
            Addresses = [.. addresses()],
            Waiting = pool.Waiting,
            InFlight = workers.Sum(static process => process.Worker.InFlight),
            Generations = [.. generations.Select(Describe)],
            Restarts = new SortedDictionary<string, long>(history.Restarts.ToDictionary(), StringComparer.Ordinal),
            Deaths = [.. history.Deaths.Select(death => new DeathStatus
            {
                Ago = Seconds(time.GetElapsedTime(death.At)),
                Pid = death.Pid,
                Generation = death.Generation,
                Reason = death.Reason,
            })],
            Poisons = [.. pool.Poisons.All.Select(poison => new PoisonStatus
            {
                Ago = Seconds(time.GetElapsedTime(poison.At)),
                Method = poison.Name.Method,
                Path = poison.Name.Target,
                Count = poison.Count,
                Id = poison.Name.Id,
            })],
            LastReload = history.LastReload is not { } last ? null : new ReloadStatus
            {
                Ago = Seconds(time.GetElapsedTime(last.At)),
                Generation = last.Generation,
                Outcome = Word(last.Outcome),
                Message = last.Message,
                Error = last.Error,
            },
        };
    }

    private GenerationStatus Describe(Generation generation) => new()
    {
        Number = generation.Number,
        State = Word(generation.State),
        ZygotePid = generation.ZygotePid,
        Workers = [.. generation.Workers.OrderBy(static process => process.Id).Select(Describe)],
    };

    private WorkerStatus Describe(WorkerProcess process) => new()
    {
        Id = process.Id,
        Pid = process.Worker.Pid,
        State = Word(process.Worker.State),
        Uptime = Seconds(time.GetElapsedTime(process.StartedAt)),
        InFlight = process.Worker.InFlight,
        Concurrency = process.Worker.Concurrency,
        Answered = process.Worker.Answers,
        ServerErrors = process.Worker.ServerErrors,
        GilWait = Math.Round(pool.GilWait(process.Worker), 6),
        Memory = ProcessTimes.ResidentBytes(process.Worker.Pid),
    };

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
