using Hotplate.Generate;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>What a shell may offer when Tab is pressed: <c>hotplate "[suggest:POSITION]" "LINE"</c>, in the form of dotnet-suggest.</summary>
internal static class Completion
{
    private static readonly HashSet<string> s_clientFlags = [.. ControlTable.Client.Select(static setting => setting.Flag), "--json", "--help"];

    /// <summary>The words for the place at which the cursor is; null when the arguments do not ask for them.</summary>
    public static IEnumerable<string>? For(string[] arguments)
    {
        if (arguments is not [{ Length: > 8 } directive, var line] || !directive.StartsWith("[suggest", StringComparison.Ordinal) || directive[8] is not (':' or ']') || directive[^1] != ']')
        {
            return null;
        }
        return Words(line, directive[8] == ':' && int.TryParse(directive[9..^1], out var position) ? Math.Clamp(position, 0, line.Length) : line.Length);
    }

    private static bool Is(string verb, string flag) =>
        flag switch
        {
            "--json" => verb is "check" or "config" or RoutesVerb.Name,
            "--toml" => verb == "config",
            CanaryOrder.ShareFlag or CanaryOrder.TimeFlag => verb == "reload",
            _ => true,
        };

    private static IEnumerable<string> Words(string line, int position)
    {
        // What follows = is a word of its own, as it is for bash.
        var begin = position == 0 ? 0 : line.LastIndexOfAny([' ', '='], position - 1) + 1;
        var word = line[begin..position];
        var parsed = Grammar.Make().Parse(line[..begin].TrimEnd('=') + ' ', Grammar.Rules);
        var command = parsed.CommandResult.Command;
        // For the library a repeatable flag may go on with the next word; a word with a dash is no value of it.
        var offered = word.StartsWith('-') ? command.GetCompletions(parsed.GetCompletionContext()) : parsed.GetCompletions();
        if (line[..begin].TrimEnd().EndsWith(" generate", StringComparison.Ordinal) && !word.StartsWith('-'))
        {
            return GeneratedKind.All.Select(static kind => kind.Name).Where(name => name.StartsWith(word, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        }
        var asksServer = ControlVerb.Names.Contains(command.Name) || command.Name is "logs" or "stop" or "restart";
        return offered.Select(static item => item.Label).Where(label => label.StartsWith(word, StringComparison.Ordinal)
            && (label[0] != '-' || (word.Length > 0 && label[1] == '-'
                && (asksServer
                    ? s_clientFlags.Contains(label) || (command.Name == "reload" && label is CanaryOrder.ShareFlag or CanaryOrder.TimeFlag)
                    : Is(command.Name, label)))));
    }
}
