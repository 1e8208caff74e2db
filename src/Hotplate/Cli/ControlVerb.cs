using Hotplate.Control;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>The verbs that ask a running server.</summary>
internal static class ControlVerb
{
    /// <summary>In the order of the help.</summary>
    internal static IReadOnlyList<string> Names { get; } =
        ["status", "ps", "stacks", "kill", "reload", "apply", "pause", "resume", "upgrade"];

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
        var operand = invocation.Operands.FirstOrDefault();
        var question = new ControlMessage
        {
            Command = verb,
            Request = verb == "kill" ? operand : null,
            App = TakesApp(verb) ? operand : null,
            File = verb == "apply" && operand is not null ? Path.GetFullPath(operand) : null,
            IsTrial = invocation.IsTrial ? true : null,
        };
        return TryAsk(settings, question, out var answer) ? Show(answer, invocation.WantsJson) : ProblemReport.SettingsExitCode;
    }

    /// <summary>Asks for a verb that does more than print the answer. False: what was wrong has been told, and <paramref name="code"/> is the exit code.</summary>
    internal static bool TryAsk(Invocation invocation, IReadOnlyDictionary<string, string> environment, string command, out ControlMessage answer, out int code)
    {
        var problems = invocation.Problems.ToList();
        var settings = ReadSettings(invocation, environment, problems);
        problems.AddRange(Refuse(invocation));
        (answer, code) = (new ControlMessage(), ProblemReport.SettingsExitCode);
        if (problems.Count > 0)
        {
            code = ProblemReport.Print(problems);
            return false;
        }
        return TryAsk(settings, new ControlMessage { Command = command }, out answer);
    }

    private static bool TryAsk(SettingsDraft settings, ControlMessage question, out ControlMessage answer)
    {
        answer = new ControlMessage();
        try
        {
            answer = ControlClient.Ask(settings.Control, settings.Name, question);
            return true;
        }
        catch (ControlException error)
        {
            Console.Error.WriteLine(Visible.Lines(error.Message));
            return false;
        }
    }

    private static int Show(ControlMessage answer, bool asJson)
    {
        if (asJson && answer is { Status: null, Requests: null, Stacks: null })
        {
            Console.Out.Write(Visible.Lines(JsonText.Of(answer)));
            return answer.Code ?? ProblemReport.SettingsExitCode;
        }
        if (answer.Code is not 0)
        {
            Console.Error.WriteLine(Visible.Lines(answer.Message ?? "the server gave no reason"));
            return answer.Code ?? ProblemReport.SettingsExitCode;
        }
        var width = Console.IsOutputRedirected ? int.MaxValue : Console.WindowWidth;
        var text = answer switch
        {
            { Status: { } status } => asJson ? JsonText.Of(status) : StatusText.Make(status, width),
            { Requests: { } requests } => asJson ? JsonText.Of(requests) : RequestsText.Make(requests, width),
            { Stacks: { } stacks } => asJson ? JsonText.Of(stacks) : StacksText.Make(stacks),
            _ => answer.Message + "\n",
        };
        Console.Out.Write(Visible.Lines(text));
        return 0;
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

    private static bool TakesApp(string? verb) => verb is "reload" or "pause" or "resume";

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
        foreach (var operand in invocation.Operands.Skip(isKill || invocation.Verb == "apply" || TakesApp(invocation.Verb) ? 1 : 0))
        {
            var takes = isKill ? "one id"
                : invocation.Verb == "apply" ? "one file"
                : TakesApp(invocation.Verb) ? "one application" : "no target";
            var what = $"hotplate {invocation.Verb} takes {takes}. --name NAME, --control PATH or --pid FILE names the server.";
            yield return new SettingsProblem(ErrorCode.BadTarget, operand, what);
        }
    }
}
