using System.Globalization;
using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>Reads the text of a hotplate.toml, once, to its end, whatever is wrong with it.</summary>
/// <param name="path">What the file is called in messages.</param>
/// <param name="folder">What its paths are relative to, absolute.</param>
/// <param name="written">The text as it was written, line by line the same, where that is more; null: it is the same.</param>
internal sealed class HotplateFileParser(string path, string text, string folder, string? written = null)
{
    private const string TargetKey = "target";
    private const string AppsTable = "apps";

    private readonly string[] lines = (written ?? text).Split('\n');
    private readonly List<FileProblem> problems = [];
    private readonly List<FileKey> keys = [];
    private readonly List<FileApp> apps = [];
    private IReadOnlyList<RouteSettings> routes = [];
    private IReadOnlyList<RouteSettings> limits = [];
    private string routesText = "";
    private string? target;
    private FilePlace? targetPlace;

    internal HotplateFile Parse()
    {
        var document = Tomlyn.Parsing.SyntaxParser.Parse(text, path, validate: true);
        // What comes after the first is often its consequence: a quote that is not closed makes a mistake of every line below it.
        var errors = document.Diagnostics.Where(static one => one.Kind == DiagnosticMessageKind.Error);
        if (errors.MinBy(static one => one.Span.Start.Offset) is { } error)
        {
            Add(error.Span, ErrorCode.BadFile, "", error.Message);
        }
        // What cannot be parsed has no keys that mean anything.
        if (problems.Count == 0)
        {
            foreach (var pair in document.KeyValues)
            {
                Take(pair, null);
            }
            var ofRoutes = document.Tables.Where(static table => IsOf(RouteKind.Routes, table)).ToList();
            var ofLimits = document.Tables.Where(static table => IsOf(RouteKind.Limits, table)).ToList();
            foreach (var table in document.Tables.Except(ofRoutes).Except(ofLimits))
            {
                Take(table);
            }
            var known = apps.Count == 0 ? null : apps.Select(static app => app.Name).ToList();
            routesText = string.Concat(ofRoutes.Concat(ofLimits));
            var context = new RouteContext(PlaceOf, folder, known);
            routes = RouteReader.Read(RouteKind.Routes, ofRoutes, context, problems);
            limits = RouteReader.Read(RouteKind.Limits, ofLimits, context, problems);
        }
        return new HotplateFile(target, targetPlace, keys, [
            .. problems.OrderBy(static one => one.Span.Start.Offset)
                .Select(one => new SettingsProblem(
                    one.Code, PlaceOf(one.Span) + (one.Word.Length == 0 ? "" : " " + one.Word), one.What + LineOf(one.Span))),
        ])
        {
            Apps = apps,
            Routes = routes,
            Limits = limits,
            RoutesText = routesText,
            Text = text,
        };
    }

    private static bool IsOf(RouteKind kind, TableSyntaxBase table) => TomlKey.PartsOf(table.Name!)[0] == kind.Table;

    private void Take(TableSyntaxBase table)
    {
        var span = table.Name!.Span;
        var parts = TomlKey.PartsOf(table.Name!);
        if (table is not TableSyntax || parts is not [AppsTable, var name, .. var rest] || rest is not ([] or ["env"]))
        {
            var meant = parts is [AppsTable] ? "An application's table has its name: [apps.shop]."
                : NearestWord.Of(parts[0], [AppsTable, RouteKind.Routes.Table, RouteKind.Limits.Table]) is { } near
                    ? $"Did you mean {(near == AppsTable ? "[apps.NAME]" : $"[[{near}]]")}?"
                : "There are [apps.NAME], [[routes]] and [[limits]]; all other keys stand at the top of the file, before the first table.";
            Add(span, ErrorCode.UnknownKey, TomlKey.Of(table.Name!), "there is no such table. " + meant);
            return;
        }
        var app = apps.Find(one => one.Name == name);
        if (app is null)
        {
            apps.Add(app = new FileApp(name, PlaceOf(span), LineOf(span)));
            if (WhatIsWrongWith(name) is { } wrong)
            {
                Add(span, ErrorCode.BadName, TomlKey.Of(table.Name!), wrong);
            }
        }
        if (rest is [])
        {
            foreach (var pair in table.Items)
            {
                Take(pair, app);
            }
            return;
        }
        app.Keys.Add(new FileKey(SettingTable.Find("--env")!, PlaceOf(span), Variables(table.Items), LineOf(span)));
    }

    private void Take(KeyValueSyntax pair, FileApp? app)
    {
        var word = TomlKey.Of(pair.Key!);
        var value = pair.Value!;
        if (word == TargetKey)
        {
            TakeTarget(value, app);
        }
        // The names as they stand in docs/settings.md, and no other spelling of them: one key, one word.
        else if (SettingTable.All.FirstOrDefault(one => one.Name == word && one.Name != "config") is not { } setting)
        {
            Add(pair.Key!.Span, ErrorCode.UnknownKey, word, $"there is no such key. {Meant(word)}");
        }
        else if (app is not null && !setting.IsPerApp)
        {
            const string whole = "this key is for the whole server. Write it at the top of the file, before the first table.";
            Add(pair.Key!.Span, ErrorCode.UnknownKey, word, whole);
        }
        else if (TextsOf(setting, value) is { } texts)
        {
            (app?.Keys ?? keys).Add(new FileKey(setting, PlaceOf(value.Span), texts, LineOf(value.Span)));
        }
        else
        {
            var list = setting.Name == "env" ? ", an array of such, or a table of variables"
                : setting.Repeatable ? ", or an array of such" : "";
            var needed = $"what is needed here is what {setting.Flag} {setting.Hint} takes{list}, as text or a number.";
            Add(value.Span, ErrorCode.BadKeyValue, word, needed);
        }
    }

    private void TakeTarget(ValueSyntax value, FileApp? app)
    {
        var named = value is StringValueSyntax { Value: { Length: > 0 } said } ? said : null;
        var place = new FilePlace(PlaceOf(value.Span), LineOf(value.Span));
        if (app is null)
        {
            (target, targetPlace) = (named, place);
        }
        else
        {
            (app.Target, app.TargetPlace) = (named, place);
        }
        if (named is null)
        {
            Add(value.Span, ErrorCode.BadKeyValue, TargetKey, "text is needed here, as in target = \"shop:app\".");
        }
    }

    /// <summary>Null: what is written there is of a kind that the setting does not take.</summary>
    private List<string>? TextsOf(Setting setting, SyntaxNode value)
    {
        if (value is InlineTableSyntax table && setting.Name == "env")
        {
            return Variables(table.Items.Select(static item => item.KeyValue!));
        }
        if (value is not ArraySyntax array)
        {
            return TextOf(setting, value) is { } one ? [one] : null;
        }
        var texts = array.Items.Select(item => TextOf(setting, item.Value!)).OfType<string>().ToList();
        return setting.Repeatable && texts.Count == array.Items.ChildrenCount ? texts : null;
    }

    /// <summary>NAME=VALUE of each. What has not one way to be written in an environment is no variable.</summary>
    private List<string> Variables(IEnumerable<KeyValueSyntax> pairs)
    {
        var texts = new List<string>();
        foreach (var pair in pairs)
        {
            var word = TomlKey.Of(pair.Key!);
            if (word.Contains('=', StringComparison.Ordinal))
            {
                const string wrong = "a variable's name has no =. What follows it is the value: NAME = \"value\".";
                Add(pair.Key!.Span, ErrorCode.BadKeyValue, word, wrong);
                continue;
            }
            if ((pair.Value is BooleanValueSyntax truth ? truth.Value ? "true" : "false" : TextOf(null, pair.Value!)) is { } text)
            {
                texts.Add($"{word}={text}");
            }
            else
            {
                Add(pair.Value!.Span, ErrorCode.BadKeyValue, word, "text or a number is needed here, as in DEBUG = \"0\".");
            }
        }
        return texts;
    }

    private static string? TextOf(Setting? setting, SyntaxNode value) => value switch
    {
        StringValueSyntax text => text.Value,
        // Permission bits are a number in TOML: 0o022. The flag takes octal digits.
        IntegerValueSyntax bits when setting?.Name == "umask" => "0" + Convert.ToString(bits.Value, 8),
        IntegerValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        BooleanValueSyntax truth when setting?.Words.Contains("on", StringComparer.Ordinal) == true => truth.Value ? "on" : "off",
        _ => null,
    };

    private static string Meant(string word)
    {
        var flag = SettingTable.Find("--" + word);
        var near = flag is { Name: not "config" }
            ? flag.Name
            : NearestWord.Of(
                word, SettingTable.All.Select(static one => one.Name).Where(static name => name != "config").Append(TargetKey));
        return near is null ? "docs/settings.md lists them." : $"Did you mean {near}?";
    }

    private static string? WhatIsWrongWith(string name)
    {
        try
        {
            _ = Values.Name(name);
            return null;
        }
        catch (SettingException problem)
        {
            return problem.Message;
        }
    }

    private void Add(SourceSpan span, string code, string word, string what) => problems.Add(new FileProblem(span, code, word, what));

    private string PlaceOf(SourceSpan span) => $"{path}:{span.Start.Line + 1}:{span.Start.Column + 1}";

    /// <summary>The line itself with a caret below it.</summary>
    private string LineOf(SourceSpan span) => span.Start.Line >= lines.Length ? ""
        : $"\n  {lines[span.Start.Line].TrimEnd('\r').Replace('\t', ' ')}\n  {new string(' ', span.Start.Column)}^";
}
