using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Control;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>The verbs that ask a running server.</summary>
internal static class ControlVerb
{
    /// <summary>In the order of the help.</summary>
    internal static IReadOnlyList<string> Names { get; } =
        ["status", "ps", TopVerb.Name, "stacks", "kill", "reload", "apply", "pause", "resume", "upgrade"];

    /// <returns>The exit code: 0 done, 1 no server was found or it could not do it, 2 the command line was not understood, or what the server says.</returns>
    internal static int Run(Invocation invocation, IReadOnlyDictionary<string, string> environment)
    {
        var verb = invocation.Verb!;
        var problems = invocation.Problems.ToList();
        var settings = ReadSettings(invocation, environment, problems);
        problems.AddRange(Refuse(invocation));
        if (problems.Count > 0)
        {
            return ProblemReport.Print(problems);
        }
        if (verb == TopVerb.Name)
        {
            return new TopVerb(settings.Control, settings.Name).Run();
        }
        var operand = invocation.Operands.FirstOrDefault();
        return TryAsk(settings, Question(verb, operand, invocation), out var reply)
            ? Show(verb, reply, invocation.WantsJson)
            : ProblemReport.SettingsExitCode;
    }

    private static ControlQuestion Question(string verb, string? operand, Invocation invocation) => verb switch
    {
        "status" => ControlQuestion.Status,
        "ps" => new ControlQuestion("GET", "/v1/requests"),
        "stacks" => new ControlQuestion("GET", "/v1/stacks"),
        "kill" => new ControlQuestion("DELETE", "/v1/requests/" + Uri.EscapeDataString(operand!)),
        "apply" => new ControlQuestion(
            "POST", "/v1/apply" + (invocation.IsTrial ? "?dry_run=true" : ""),
            operand is null
                ? null
                : JsonSerializer.Serialize(new ApplyOrder { File = Path.GetFullPath(operand) }, ControlJson.Default.ApplyOrder)),
        "upgrade" => new ControlQuestion("POST", "/v1/upgrade"),
        "reload" when invocation.Canary is { } share => ControlQuestion.Of(verb, operand, JsonSerializer.Serialize(
            new ReloadOrder { Canary = share, For = invocation.CanaryTime }, ControlJson.Default.ReloadOrder)),
        _ => ControlQuestion.Of(verb, operand),
    };

    /// <summary>Gives a command for a verb that does more than print what became of it. False: what was wrong has been told, and
    /// <paramref name="code"/> is the exit code.</summary>
    internal static bool TryAsk(
        Invocation invocation, IReadOnlyDictionary<string, string> environment, ControlQuestion question, out ControlMessage message,
        out int code)
    {
        var isAnswered = TryAsk(invocation, environment, question, ControlJson.Default.ControlMessage, out var answer, out code);
        message = answer ?? new ControlMessage();
        return isAnswered;
    }

    /// <summary>The same for how the server does.</summary>
    internal static bool TryAskStatus(
        Invocation invocation, IReadOnlyDictionary<string, string> environment, [NotNullWhen(true)] out ServerStatus? status,
        out int code) =>
        TryAsk(invocation, environment, ControlQuestion.Status, ControlJson.Default.ServerStatus, out status, out code);

    private static bool TryAsk<T>(
        Invocation invocation, IReadOnlyDictionary<string, string> environment, ControlQuestion question, JsonTypeInfo<T> type,
        [NotNullWhen(true)] out T? answer, out int code)
    {
        var problems = invocation.Problems.ToList();
        var settings = ReadSettings(invocation, environment, problems);
        problems.AddRange(Refuse(invocation));
        (answer, code) = (default, ProblemReport.SettingsExitCode);
        if (problems.Count > 0)
        {
            code = ProblemReport.Print(problems);
            return false;
        }
        if (!TryAsk(settings, question, out var reply))
        {
            return false;
        }
        try
        {
            answer = reply.As(type)!;
            return true;
        }
        catch (ControlException error)
        {
            Console.Error.WriteLine(Visible.Lines(error.Message));
            return false;
        }
    }

    private static bool TryAsk(SettingsDraft settings, ControlQuestion question, [NotNullWhen(true)] out ControlReply? reply)
    {
        try
        {
            reply = ControlClient.Ask(settings.Control, settings.Name, question);
            return true;
        }
        catch (ControlException error)
        {
            Console.Error.WriteLine(Visible.Lines(error.Message));
            reply = null;
            return false;
        }
    }

    private static int Show(string verb, ControlReply reply, bool asJson)
    {
        try
        {
            var width = Console.IsOutputRedirected ? int.MaxValue : Console.WindowWidth;
            return (reply.IsRefused ? "" : verb) switch
            {
                "status" => Print(reply, ControlJson.Default.ServerStatus, asJson, status => StatusText.Make(status, width)),
                "ps" => Print(
                    reply, ControlJson.Default.IReadOnlyListRequestStatus, asJson, requests => RequestsText.Make(requests, width)),
                "stacks" => Print(reply, ControlJson.Default.IReadOnlyListWorkerStacks, asJson, StacksText.Make),
                _ => Tell(reply.Message, asJson),
            };
        }
        catch (ControlException error)
        {
            Console.Error.WriteLine(Visible.Lines(error.Message));
            return ProblemReport.SettingsExitCode;
        }
    }

    private static int Print<T>(ControlReply reply, JsonTypeInfo<T> type, bool asJson, Func<T, string> show)
    {
        var answer = reply.As(type);
        Console.Out.Write(Visible.Lines(asJson ? JsonText.Of(answer) : show(answer)));
        return 0;
    }

    /// <summary>What became of a command. Its code is the exit code.</summary>
    private static int Tell(ControlMessage message, bool asJson)
    {
        if (asJson)
        {
            Console.Out.Write(Visible.Lines(JsonText.Of(message)));
        }
        else
        {
            var said = message.Message ?? (message.Code == 0 ? "" : "the server gave no reason");
            (message.Code == 0 ? Console.Out : Console.Error).WriteLine(Visible.Lines(said));
        }
        return message.Code;
    }

    private static SettingsDraft ReadSettings(Invocation invocation, IReadOnlyDictionary<string, string> environment, List<SettingsProblem> problems)
    {
        var draft = new SettingsDraft(Environment.CurrentDirectory, Cpus: 1);
        foreach (var setting in ControlTable.Client)
        {
            var flag = invocation.Flags.LastOrDefault(flag => ReferenceEquals(flag.Setting, setting));
            var text = flag?.Text ?? environment.GetValueOrDefault(setting.Variable);
            if (string.IsNullOrEmpty(text) && flag is null)
            {
                continue;
            }
            try
            {
                setting.Read(draft, text!);
            }
            catch (SettingException problem)
            {
                problems.Add(new SettingsProblem(problem.Code, flag is null ? $"{setting.Variable}={text}" : $"{flag.Spelling} {text}", problem.Message));
            }
        }
        // A flag wins over a variable: who names a pid file or an application does not mean the socket of the environment.
        var given = invocation.Flags.Select(static flag => flag.Setting.Name).ToHashSet(StringComparer.Ordinal);
        if (given.Overlaps(["pid", "name"]) && !given.Contains("control"))
        {
            draft.Control = draft.Control with { Socket = ControlSettings.Auto, PidFile = given.Contains("pid") ? draft.Control.PidFile : null };
        }
        // HOTPLATE_NAME is for the server that is started here, which may be another than the one that is asked.
        draft.Name = given.Contains("name") ? draft.Name : null;
        return draft;
    }

    private static bool TakesApp(string? verb) => verb is "reload" or "pause" or "resume" or "stop" or "logs";

    private static IEnumerable<SettingsProblem> Refuse(Invocation invocation)
    {
        foreach (var foreign in invocation.Foreign)
        {
            yield return new SettingsProblem(ErrorCode.UnknownFlag, foreign.Spelling, $"hotplate {invocation.Verb} takes --control, --pid, --name and --json only.");
        }
        foreach (var flag in invocation.Flags.Where(static flag => !ControlTable.Client.Contains(flag.Setting)))
        {
            yield return new SettingsProblem(ErrorCode.UnknownFlag, flag.Spelling, $"hotplate {invocation.Verb} takes --control, --pid, --name and --json only.");
        }
        if (invocation.WantsJson && invocation.Verb == TopVerb.Name)
        {
            var where = "hotplate top has no such flag; what it shows, status and ps have for programs.";
            yield return new SettingsProblem(ErrorCode.UnknownFlag, "--json", where);
        }
        var isKill = invocation.Verb == "kill";
        if (isKill && invocation.Operands.Count == 0)
        {
            yield return new SettingsProblem(ErrorCode.MissingValue, "hotplate kill", "the id of a request is needed: hotplate ps lists them.");
        }
        if (invocation.IsTrial && invocation.Verb != "apply")
        {
            var where = $"hotplate {invocation.Verb} has no such flag; apply has it.";
            yield return new SettingsProblem(ErrorCode.UnknownFlag, "--dry-run", where);
        }
        foreach (var problem in RefuseCanary(invocation))
        {
            yield return problem;
        }
        foreach (var operand in invocation.Operands.Skip(isKill || invocation.Verb == "apply" || TakesApp(invocation.Verb) ? 1 : 0))
        {
            var takes = isKill ? "one id"
                : invocation.Verb == "apply" ? "one file"
                : TakesApp(invocation.Verb) ? "one application" : "no target";
            var what = $"hotplate {invocation.Verb} takes {takes}. --name NAME, --control PATH or --pid FILE names the server.";
            yield return new SettingsProblem(ErrorCode.BadTarget, operand, what);
        }
    }

    private static List<SettingsProblem> RefuseCanary(Invocation invocation)
    {
        var problems = new List<SettingsProblem>();
        if (invocation.Problems.Count == 0)
        {
            CanaryOrder.Read(invocation.Canary, invocation.CanaryTime, (flag, wrong) => problems.Add(new SettingsProblem(
                wrong.Code, $"{flag} {(flag == CanaryOrder.ShareFlag ? invocation.Canary : invocation.CanaryTime)}", wrong.Message)));
        }
        return problems;
    }
}
