using System.CommandLine;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>What may be typed, as System.CommandLine wants it told: the verbs, and a flag for each row of the setting table.</summary>
internal static class Grammar
{
    public static ParserConfiguration Rules { get; } = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    public static Command Make()
    {
        // A plain Command, because a RootCommand brings help, version and directives of its own; and no argument can have this name.
        var root = new Command("/");
        // Without an action the library makes a message for a missing verb, which nobody reads and which costs 3 ms.
        root.SetAction(static _ => { });
        foreach (var setting in SettingTable.All)
        {
            root.Add(OptionOf(setting));
        }
        root.Add(Switch("--help", "-h"));
        root.Add(Switch("--version", "-V", "-v"));
        root.Add(Switch("--json"));
        root.Add(Switch("--dry-run"));
        root.Add(Switch("--toml"));
        root.Add(Valued(CanaryOrder.ShareFlag));
        root.Add(Valued(CanaryOrder.TimeFlag));
        foreach (var verb in CommandLine.Verbs)
        {
            root.Add(new Command(verb) { TreatUnmatchedTokensAsErrors = false });
        }
        return root;
    }

    // No value is demanded here: a demanded one would be taken from whatever follows, also from the next flag. Nor is one read: the setting does.
    private static Option<string> OptionOf(Setting setting)
    {
        var option = new Option<string>(setting.Flag, [.. setting.Aliases.Select(static alias => "--" + alias)])
        {
            Arity = setting.Repeatable ? ArgumentArity.ZeroOrMore : ArgumentArity.ZeroOrOne,
            CustomParser = static _ => null,
            Recursive = true,
        };
        if (setting.Letter is { } letter)
        {
            option.Aliases.Add($"-{letter}");
        }
        option.CompletionSources.Add(_ => setting.Words);
        return option;
    }

    private static Option<string> Valued(string name) =>
        new(name) { Arity = ArgumentArity.ZeroOrOne, CustomParser = static _ => null, Recursive = true };

    private static Option<string> Switch(string name, params string[] aliases) => new(name, aliases) { Arity = ArgumentArity.Zero, Recursive = true };
}
