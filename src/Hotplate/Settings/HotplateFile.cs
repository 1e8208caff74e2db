using System.Globalization;
using System.Text;
using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What a hotplate.toml says: a key for each flag, by the flag's name.</summary>
/// <param name="Target">The key <c>target</c>; null: it is not there.</param>
/// <param name="TargetPlace">The file and line of it.</param>
/// <param name="Keys">Those that are settings, in the file's order.</param>
/// <param name="Problems">Everything that is wrong with the file but the values' own meaning, in the file's order.</param>
internal sealed record HotplateFile(
    string? Target, string? TargetPlace, IReadOnlyList<FileKey> Keys, IReadOnlyList<SettingsProblem> Problems)
{
    /// <summary>Found by itself in the current folder.</summary>
    public const string Name = "hotplate.toml";

    private const string TargetKey = "target";

    /// <summary>Reads to the end whatever is wrong.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="shown">What it is called in messages.</param>
    public static HotplateFile Read(string path, string shown)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(OsText.Reachable(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Broken(shown, Reach.Wall(path) ?? (File.Exists(OsText.Reachable(path)) ? error.Message : "there is no such file."));
        }
        try
        {
            return Parse(shown, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
        }
        catch (DecoderFallbackException error)
        {
            var before = bytes.AsSpan(0, Math.Clamp(error.Index, 0, bytes.Length));
            var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
            var at = $"{shown}:{before.Count((byte)'\n') + 1}:{column}";
            return Broken(at, "this is not UTF-8. Save the file as UTF-8: TOML knows no other encoding.");
        }
    }

    internal static HotplateFile Parse(string path, string text)
    {
        var lines = text.Split('\n');
        var document = Tomlyn.Parsing.SyntaxParser.Parse(text, path, validate: true);
        var problems = new List<(SourceSpan Span, string Code, string Word, string What)>();
        foreach (var error in document.Diagnostics.Where(static one => one.Kind == DiagnosticMessageKind.Error))
        {
            problems.Add((error.Span, ErrorCode.BadFile, "", error.Message));
        }
        var keys = new List<FileKey>();
        string? target = null, targetPlace = null;
        // What cannot be parsed has no keys that mean anything.
        if (problems.Count == 0)
        {
            foreach (var table in document.Tables)
            {
                const string none = "there is no such table. All keys are at the top of the file.";
                problems.Add((table.Name!.Span, ErrorCode.UnknownKey, TomlKey.Of(table.Name!), none));
            }
            foreach (var pair in document.KeyValues)
            {
                Take(pair);
            }
        }
        return new HotplateFile(target, targetPlace, keys, [
            .. problems.OrderBy(static one => one.Span.Start.Offset)
                .Select(one => new SettingsProblem(
                    one.Code, Place(one.Span) + (one.Word.Length == 0 ? "" : " " + one.Word), one.What + Line(one.Span))),
        ]);

        void Take(KeyValueSyntax pair)
        {
            var word = TomlKey.Of(pair.Key!);
            var value = pair.Value!;
            if (word == TargetKey)
            {
                target = value is StringValueSyntax { Value: { Length: > 0 } said } ? said : null;
                targetPlace = $"{path}:{value.Span.Start.Line + 1}";
                if (target is null)
                {
                    problems.Add((value.Span, ErrorCode.BadKeyValue, word, "text is needed here, as in target = \"shop:app\"."));
                }
                return;
            }
            // The names as they stand in docs/settings.md, and no other spelling of them: one key, one word.
            if (SettingTable.All.FirstOrDefault(one => one.Name == word && one.Name != "config") is not { } setting)
            {
                problems.Add((pair.Key!.Span, ErrorCode.UnknownKey, word, $"there is no such key. {Meant(word)}"));
                return;
            }
            if (TextsOf(setting, value) is { } texts)
            {
                keys.Add(new FileKey(setting, Place(value.Span), texts, Line(value.Span)));
            }
            else
            {
                var list = setting.Repeatable ? ", or an array of such" : "";
                var needed = $"what is needed here is what {setting.Flag} {setting.Hint} takes{list}, as text or a number.";
                problems.Add((value.Span, ErrorCode.BadKeyValue, word, needed));
            }
        }

        string Place(SourceSpan span) => $"{path}:{span.Start.Line + 1}:{span.Start.Column + 1}";

        string Line(SourceSpan span) => span.Start.Line >= lines.Length ? ""
            : $"\n  {lines[span.Start.Line].TrimEnd('\r').Replace('\t', ' ')}\n  {new string(' ', span.Start.Column)}^";
    }

    private static string Meant(string word)
    {
        var flag = SettingTable.Find("--" + word);
        var near = flag is { Name: not "config" }
            ? flag.Name
            : NearestWord.Of(
                word, SettingTable.All.Select(static one => one.Name).Where(static name => name != "config").Append(TargetKey));
        return near is null ? "docs/settings.md lists them." : $"Did you mean {near}?";
    }

    /// <summary>Null: what is written there is of a kind that the setting does not take.</summary>
    private static List<string>? TextsOf(Setting setting, SyntaxNode value)
    {
        if (value is not ArraySyntax array)
        {
            return TextOf(setting, value) is { } one ? [one] : null;
        }
        var texts = array.Items.Select(item => TextOf(setting, item.Value!)).OfType<string>().ToList();
        return setting.Repeatable && texts.Count == array.Items.ChildrenCount ? texts : null;
    }

    private static string? TextOf(Setting setting, SyntaxNode value) => value switch
    {
        StringValueSyntax text => text.Value,
        // Permission bits are a number in TOML: 0o022. The flag takes octal digits.
        IntegerValueSyntax bits when setting.Name == "umask" => "0" + Convert.ToString(bits.Value, 8),
        IntegerValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        BooleanValueSyntax truth when setting.Words.Contains("on", StringComparer.Ordinal) => truth.Value ? "on" : "off",
        _ => null,
    };

    private static HotplateFile Broken(string where, string what) =>
        new(null, null, [], [new SettingsProblem(ErrorCode.BadFile, where, what)]);
}
