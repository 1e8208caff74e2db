using Hotplate.Checks;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>What the user typed, led to the verb that does it.</summary>
internal static class CommandLine
{
    /// <summary>In the order of the help.</summary>
    internal static IReadOnlyList<string> Verbs { get; } =
    [
        "serve", "dev", "check", "config", RoutesVerb.Name, "init", "generate", "schema", .. ControlVerb.Names, .. Service, "help", "version",
    ];

    /// <summary>Those for sites that are services. They take more than settings.</summary>
    internal static IReadOnlyList<string> Service => ["logs", "stop", "restart", "install", "uninstall", CertificatesVerb.Name];

    public static Task<int> RunAsync(string[] arguments)
    {
        if (Completion.For(arguments) is { } words)
        {
            Console.Out.Write(string.Concat(words.Select(static word => word + '\n')));
            return Task.FromResult(0);
        }
        if (arguments is ["install" or "uninstall" or "logs", .. var rest] && !rest.Contains("--help") && !rest.Contains("-h"))
        {
            return Task.FromResult(arguments[0] switch
            {
                "install" => InstallVerb.Run(rest, Read),
                "uninstall" => UninstallVerb.Run(rest),
                _ => LogsVerb.Run(rest, OsText.Variables()),
            });
        }
        var invocation = ArgumentReader.Read(arguments);
        if (invocation.WantsVersion || invocation.Verb == "version")
        {
            return Print(VersionText.Make());
        }
        if (invocation.WantsHelp || invocation.Verb == "help" || arguments.Length == 0)
        {
            return Task.FromResult(Help(invocation.Verb == "help" ? invocation.Operands.FirstOrDefault() : invocation.Verb));
        }
        if (invocation.Verb is "stop" or "restart")
        {
            return Task.FromResult(StopVerb.Run(invocation, OsText.Variables()));
        }
        if (invocation.Verb == CertificatesVerb.Name)
        {
            return Task.FromResult(CertificatesVerb.Run(invocation, OsText.Variables()));
        }
        if (ControlVerb.Names.Contains(invocation.Verb))
        {
            return Task.FromResult(ControlVerb.Run(invocation, OsText.Variables()));
        }
        if (invocation.Verb == RoutesVerb.Name)
        {
            return Task.FromResult(RoutesVerb.Run(invocation, Read));
        }
        if (invocation.Verb == "generate")
        {
            return Task.FromResult(GenerateVerb.Run(invocation, Read));
        }
        if (invocation.Verb == "schema")
        {
            return Print(SchemaText.Make().TrimEnd('\n'));
        }
        if (invocation.Verb == "init")
        {
            return Task.FromResult(InitVerb.Run(invocation, Read));
        }
        if (invocation.Verb is not ("serve" or "dev" or "check" or "config"))
        {
            return Task.FromResult(ProblemReport.Print([UnknownVerb(invocation.Verb), .. invocation.Problems]));
        }
        var outcome = Read(invocation);
        return invocation.Verb switch
        {
            "serve" or "dev" => ServeVerb.RunAsync(outcome, file => Read(With(invocation, file.Path), file.Text)),
            "check" => Task.FromResult(CheckVerb.Run(outcome, invocation.WantsJson)),
            _ => Task.FromResult(ConfigVerb.Run(outcome, invocation.WantsJson, invocation.WantsToml)),
        };
    }

    private static int Help(string? topic)
    {
        if (topic is not null && ErrorDocument.Section(topic) is { } section)
        {
            Console.Out.WriteLine(HelpText.OfCode(topic.ToUpperInvariant(), section.Title, section.Text, HelpText.WidthOfTerminal(), Paint.Out));
            return 0;
        }
        if (topic is not null && !Verbs.Contains(topic))
        {
            return ProblemReport.Print([UnknownVerb(topic)]);
        }
        Console.Out.WriteLine(HelpText.Make(topic, HelpText.WidthOfTerminal(), Paint.Out));
        return 0;
    }

    private static Invocation With(Invocation invocation, string? file) => file is null ? invocation : invocation with
    {
        Flags = [.. invocation.Flags, new GivenFlag(SettingTable.Find("--config")!, "--config", file)],
    };

    private static SettingsOutcome Read(Invocation invocation) => Read(invocation, null);

    private static SettingsOutcome Read(Invocation invocation, string? text)
    {
        var environment = OsText.Variables();
        var variable = ArgumentReader.Read(GunicornArguments.Split(environment.GetValueOrDefault(GunicornArguments.Variable, "")));
        var cpus = CpuAllowance.Count(Environment.ProcessorCount);
        var folder = WorkingFolder.Path(environment.GetValueOrDefault("PWD"), OsText.CurrentDirectory());
        var reader = new SettingsReader(environment, folder, cpus, development: invocation.Verb == "dev", GunicornFile.Run, fileText: text);
        var outcome = reader.Read(invocation.Operands.Count > 0 ? invocation.Operands[0] : null, invocation.Flags, variable.Flags);
        var foreign = Foreign(invocation, "").Concat(Foreign(variable, GunicornArguments.Variable + " ")).ToList();
        List<SettingsProblem> problems =
        [
            .. invocation.Problems, .. variable.Problems.Select(static problem => problem with { Where = $"{GunicornArguments.Variable} {problem.Where}" }),
            .. foreign.Where(static one => one.Advice.IsRefused).Select(static one => new SettingsProblem(ErrorCode.NotGunicorn, one.Where, one.Advice.Text)),
            .. Json(invocation), .. Trial(invocation), .. Several(invocation, outcome), .. Output(invocation),
            .. TargetCount(invocation, outcome), .. outcome.Problems,
        ];
        return outcome with
        {
            Problems = problems,
            Settings = problems.Count == 0 ? outcome.Settings : null,
            Warnings = [.. foreign.Where(static one => !one.Advice.IsRefused).Select(static one => $"{one.Where}: {one.Advice.Text}"), .. outcome.Warnings],
        };
    }

    /// <summary>What is written for other programs is about one application.</summary>
    private static IEnumerable<SettingsProblem> Several(Invocation invocation, SettingsOutcome outcome) =>
        outcome.Apps.Count > 0 && invocation.Verb?.StartsWith("generate ", StringComparison.Ordinal) == true
            ? [new SettingsProblem(
                ErrorCode.CannotGenerate, $"hotplate {invocation.Verb}",
                $"the file has tables for {outcome.Apps.Count} applications, and this is written for a server with one. "
                    + "Name a target and --config none, and have what is written run hotplate serve in the file's folder instead.")]
            : [];

    private static IEnumerable<(string Where, ForeignAdvice Advice)> Foreign(Invocation invocation, string where) =>
        from given in invocation.Foreign
        let advice = given.Flag.Advice(given.Text)
        where advice.Text.Length > 0
        select ($"{where}{given.Spelling}{(given.Text.Length > 0 ? " " : "")}{given.Text}", advice);

    private static IEnumerable<SettingsProblem> Json(Invocation invocation) => invocation switch
    {
        { WantsJson: true, Verb: not ("check" or "config" or RoutesVerb.Name) } =>
            [NotOf(invocation, "--json", "check, config, routes and the commands that ask a server have it.")],
        { WantsToml: true, Verb: not "config" } => [NotOf(invocation, "--toml", "config has it.")],
        _ => [],
    };

    private static SettingsProblem NotOf(Invocation invocation, string flag, string whose) =>
        new(ErrorCode.UnknownFlag, flag, $"hotplate {invocation.Verb} has no such flag; {whose}");

    private static IEnumerable<SettingsProblem> Trial(Invocation invocation) => invocation.IsTrial
        ? [new SettingsProblem(
            ErrorCode.UnknownFlag, "--dry-run", $"hotplate {invocation.Verb} has no such flag; apply, install and uninstall have it.")]
        : [];

    private static IEnumerable<SettingsProblem> Output(Invocation invocation) => invocation.Output is not null && invocation.Verb?.StartsWith("generate ", StringComparison.Ordinal) != true
        ? [new SettingsProblem(ErrorCode.UnknownFlag, "-o", $"hotplate {invocation.Verb} has no such flag; generate has it.")]
        : [];

    private static IEnumerable<SettingsProblem> TargetCount(Invocation invocation, SettingsOutcome outcome) => invocation.Operands.Count switch
    {
        // An unknown flag may have had it for its value; and gunicorn.conf.py may have named it.
        0 when invocation.Problems.Any(static problem => problem.Code == ErrorCode.UnknownFlag) || outcome.Settings is not null || outcome.Target is not null => [],
        0 when outcome.Search is { } search => [NoneOrSeveral($"hotplate {invocation.Verb}", search)],
        0 => [], // why nothing was looked for is among the problems
        1 => [],
        _ => [new SettingsProblem(ErrorCode.BadTarget, invocation.Operands[1], $"there is a target already, {invocation.Operands[0]}. One application is served at a time.")],
    };

    private static SettingsProblem NoneOrSeveral(string command, AppSearch search)
    {
        if (search.Found.Count == 0)
        {
            return new SettingsProblem(
                ErrorCode.NoApplication, command, $"no application was found in {search.Folder}. Name it: {command} shop:app, {command} 'shop:create_app()', {command} path/to/app.py.\n"
                    + $"Looked for: {AppFinder.Places}." + string.Concat(search.Notes.Select(static note => $"\n  {note}")));
        }
        var width = search.Found.Max(static one => one.Quoted.Length);
        return new SettingsProblem(
            ErrorCode.SeveralApplications, command, $"{search.Found.Count} applications were found in {search.Folder}, and each is as good as the others. Name one:"
                + string.Concat(search.Found.Select(one => $"\n  {command} {one.Quoted.PadRight(width)}   {one.Why}")));
    }

    private static SettingsProblem UnknownVerb(string? verb)
    {
        if (verb is null)
        {
            return new SettingsProblem(ErrorCode.UnknownCommand, "hotplate", "a command is needed: hotplate serve TARGET. hotplate --help tells more.");
        }
        var hint = verb.Contains(':', StringComparison.Ordinal) || verb.EndsWith(".py", StringComparison.Ordinal) || verb.EndsWith(".wsgi", StringComparison.Ordinal)
            ? $"To serve an application: hotplate serve {verb}"
            : NearestWord.Of(verb, Verbs) is { } near ? $"Did you mean {near}?" : $"There are {string.Join(", ", Verbs)}.";
        return new SettingsProblem(ErrorCode.UnknownCommand, verb, $"there is no such command. {hint}");
    }

    private static Task<int> Print(string text)
    {
        Console.Out.WriteLine(text);
        return Task.FromResult(0);
    }
}
