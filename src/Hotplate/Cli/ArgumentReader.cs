using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>Takes the command line apart, and goes on after what it does not understand, so that everything is told at once.</summary>
/// <remarks>
/// As getopt_long does: <c>--flag value</c>, <c>--flag=value</c>, <c>-w 4</c>, <c>-w4</c>, <c>--</c> ends the flags, which may stand anywhere.
/// Our own because it is a page long and System.CommandLine took 13 ms of every start; see docs/decisions/0002-own-argument-reader.md.
/// </remarks>
internal sealed class ArgumentReader
{
    private readonly List<string> _words = [];
    private readonly List<GivenFlag> _flags = [];
    private readonly List<SettingsProblem> _problems = [];
    private bool _wantsHelp;
    private bool _wantsVersion;
    private bool _wantsJson;

    public static Invocation Read(IReadOnlyList<string> arguments)
    {
        var reader = new ArgumentReader();
        reader.ReadAll(arguments);
        var words = reader._words;
        return new Invocation(
            words.Count > 0 ? words[0] : null, [.. words.Skip(1)], reader._flags, reader._wantsHelp, reader._wantsVersion, reader._wantsJson, reader._problems);
    }

    private void ReadAll(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                _words.AddRange(arguments.Skip(i + 1));
                return;
            }
            if (argument.Length < 2 || argument[0] != '-')
            {
                _words.Add(argument);
            }
            else
            {
                ReadFlag(argument, arguments, ref i);
            }
        }
    }

    private void ReadFlag(string argument, IReadOnlyList<string> arguments, ref int i)
    {
        var (spelling, value) = Split(argument);
        switch (spelling)
        {
            case "-h" or "--help" when value is null:
                _wantsHelp = true;
                return;
            case "--version" or "-V" when value is null:
                _wantsVersion = true;
                return;
            case "--json" when value is null:
                _wantsJson = true;
                return;
        }
        if (SettingTable.Find(spelling) is not { } setting)
        {
            _problems.Add(Unknown(spelling));
            // What follows an unknown flag is most likely its value, and not a second target.
            if (value is null && _words.Count > 1 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith('-'))
            {
                i++;
            }
            return;
        }
        if (value is null && i + 1 < arguments.Count && IsValueOf(setting, arguments[i + 1]))
        {
            value = arguments[++i];
        }
        value ??= setting.Bare;
        if (value is null)
        {
            _problems.Add(new SettingsProblem(ErrorCode.MissingValue, spelling, $"a value is needed: {spelling} {setting.Hint}"));
        }
        else
        {
            _flags.Add(new GivenFlag(setting, spelling, value));
        }
    }

    private static (string Spelling, string? Value) Split(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
        {
            return (argument[..2], argument.Length == 2 ? null : argument[2..].TrimStart('='));
        }
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    // A flag in the place of a value means that the value was forgotten. One that may stand alone takes only the words it knows.
    private static bool IsValueOf(Setting setting, string next) => setting.Bare is null
        ? next.Length < 2 || next[0] != '-' || (next != "--" && SettingTable.Find(Split(next).Spelling) is null)
        : next is "on" or "off" || setting.Hint.Split('|').Contains(next, StringComparer.Ordinal);

    private static SettingsProblem Unknown(string spelling)
    {
        var names = SettingTable.All.Select(setting => setting.Flag).Append("--help").Append("--version");
        var near = spelling.Length > 2 ? NearestWord.Of(spelling, names) : null;
        var hint = near is null ? "hotplate --help lists all." : $"Did you mean {near}?";
        return new SettingsProblem(ErrorCode.UnknownFlag, spelling, $"there is no such flag. {hint}");
    }
}
