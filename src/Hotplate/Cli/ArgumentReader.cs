using System.CommandLine.Parsing;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>Reads the command line, and goes on after what it does not understand, so that everything is told at once.</summary>
/// <remarks>
/// System.CommandLine says what each argument is, a flag, a verb, a word or the <c>--</c> that ends the flags; what it holds is taken as it was
/// typed, and our words are used for what is wrong with it: docs/decisions/0002-system-commandline.md.
/// </remarks>
internal sealed class ArgumentReader
{
    private readonly IReadOnlyList<string> _arguments;
    private readonly TokenType[] _kinds;
    private readonly List<string> _words = [];
    private readonly List<GivenFlag> _flags = [];
    private readonly List<GivenForeignFlag> _foreign = [];
    private readonly List<SettingsProblem> _problems = [];
    private readonly HashSet<string> _switches = [];
    private readonly Dictionary<string, string> _canary = new(StringComparer.Ordinal);
    private string? _output;

    private ArgumentReader(IReadOnlyList<string> arguments) => (_arguments, _kinds) = (arguments, Kinds([.. arguments.Select(Spelled)]));

    public static Invocation Read(IReadOnlyList<string> arguments)
    {
        var reader = new ArgumentReader(arguments);
        reader.ReadAll();
        var (words, switches) = (reader._words, reader._switches);
        if (words.FirstOrDefault() is { } verb && verb != "reload")
        {
            reader._problems.AddRange(reader._canary.Keys.Select(flag => new SettingsProblem(
                ErrorCode.UnknownFlag, flag, $"hotplate {verb} has no such flag; reload has it.")));
        }
        return new Invocation(
            words.FirstOrDefault(), [.. words.Skip(1)], reader._flags, reader._foreign, switches.Overlaps(["-h", "--help"]), switches.Overlaps(["-V", "-v", "--version"]),
            switches.Contains("--json"), switches.Contains("--toml"), reader._output, reader._problems)
        {
            IsTrial = switches.Contains("--dry-run"),
            Canary = reader._canary.GetValueOrDefault(CanaryOrder.ShareFlag),
            CanaryTime = reader._canary.GetValueOrDefault(CanaryOrder.TimeFlag),
        };
    }

    private static TokenType[] Kinds(string[] arguments)
    {
        var tokens = Grammar.Make().Parse(arguments, Grammar.Rules).Tokens;
        var kinds = new TokenType[arguments.Length];
        for (int i = 0, token = 0; i < kinds.Length; i++, token++)
        {
            kinds[i] = tokens[token].Type;
            // A flag with its value in one argument is two tokens.
            token += kinds[i] == TokenType.Option && tokens[token].Value.Length < arguments[i].Length ? 1 : 0;
        }
        return kinds;
    }

    // As the library understands it: it does not know -w4 and --max_queue, and reads -b:80 and --bind:80 as it reads --bind=80.
    private static string Spelled(string argument)
    {
        if (argument is not ['-', _, _, ..])
        {
            return argument;
        }
        var (flag, value) = Split(argument);
        var isKnown = SettingTable.Find(flag) is not null || IsOfCanary(flag);
        return flag.Replace('_', '-').Replace(':', ';') + (value is null ? "" : isKnown ? "=value" : ";");
    }

    private void ReadAll()
    {
        for (var i = 0; i < _arguments.Count; i++)
        {
            if (_kinds[i] == TokenType.DoubleDash)
            {
                _words.AddRange(_arguments.Skip(i + 1));
                return;
            }
            if (_arguments[i] is ['-', _, ..])
            {
                ReadFlag(ref i);
            }
            else
            {
                _words.Add(_arguments[i]);
            }
        }
    }

    private void ReadFlag(ref int i)
    {
        var (spelling, value) = Split(_arguments[i]);
        var next = i + 1 < _arguments.Count ? _arguments[i + 1] : null;
        if (spelling == "-o")
        {
            ReadOutput(value, next, ref i);
            return;
        }
        if (IsOfCanary(spelling))
        {
            ReadCanary(spelling, value, next, ref i);
            return;
        }
        if (SettingTable.Find(spelling) is not { } setting)
        {
            if (_kinds[i] == TokenType.Option && value is null)
            {
                _switches.Add(spelling);
                return;
            }
            if (GunicornTable.Find(spelling) is { } foreign)
            {
                ReadForeign(foreign, spelling, value, next, ref i);
                return;
            }
            _problems.Add(Unknown(spelling));
            // What follows an unknown flag may be its value, which must not be taken for the target. Nothing is started, so no harm is done when it was none.
            i += value is null && next is not (null or ['-', ..]) && !(_words.Count == 0 && CommandLine.Verbs.Contains(next)) ? 1 : 0;
            return;
        }
        if (value is null && next is not null && IsValueOf(setting, next, _kinds[i + 1]))
        {
            (value, i) = (next, i + 1);
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

    private void ReadOutput(string? value, string? next, ref int i)
    {
        if (value is null && next is "-" or not (null or ['-', ..]))
        {
            (value, i) = (next, i + 1);
        }
        if (value is null or "")
        {
            _problems.Add(new SettingsProblem(ErrorCode.MissingValue, "-o", "a value is needed: -o FILE, or -o FOLDER when there are several files"));
        }
        _output = value;
    }

    private static bool IsOfCanary(string flag) => flag is CanaryOrder.ShareFlag or CanaryOrder.TimeFlag;

    private void ReadCanary(string flag, string? value, string? next, ref int i)
    {
        if (value is null && next is not (null or ['-', ..]))
        {
            (value, i) = (next, i + 1);
        }
        if (string.IsNullOrEmpty(value))
        {
            var example = flag == CanaryOrder.ShareFlag ? "5%" : "60s";
            _problems.Add(new SettingsProblem(ErrorCode.MissingValue, flag, $"a value is needed: {flag} {example}"));
            return;
        }
        _canary[flag] = value;
    }

    private void ReadForeign(ForeignFlag flag, string spelling, string? value, string? next, ref int i)
    {
        if (flag.TakesValue && value is null && next is "-" or not (null or ['-', ..]))
        {
            (value, i) = (next, i + 1);
        }
        if (flag.TakesValue && value is null)
        {
            _problems.Add(new SettingsProblem(ErrorCode.MissingValue, spelling, $"a value is needed: {spelling} VALUE"));
            return;
        }
        _foreign.Add(new GivenForeignFlag(flag, spelling, value ?? ""));
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
    private static bool IsValueOf(Setting setting, string next, TokenType kind) =>
        setting.Bare is null ? kind is TokenType.Argument or TokenType.Command : next is "on" or "off" || setting.Words.Contains(next, StringComparer.Ordinal);

    private static SettingsProblem Unknown(string spelling)
    {
        var names = SettingTable.All.Select(setting => setting.Flag).Append("--help").Append("--version");
        var near = spelling.Length > 2 ? NearestWord.Of(spelling, names) : null;
        var hint = near is null ? "hotplate --help lists all." : $"Did you mean {near}?";
        return new SettingsProblem(ErrorCode.UnknownFlag, spelling, $"there is no such flag. {hint}");
    }
}
