using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>
/// What is written for a key of a route, read as the kind that the key wants. Reading throws <see cref="RouteValueException"/>.
/// </summary>
internal sealed class RouteValue
{
    private const string NotFree =
        "a field's name is needed here, and none of those that belong to the message itself: Content-Length, Connection, Host.";

    private const int LongestName = 100;

    private readonly SyntaxNode value;

    // header.x-beta = "1", or a line of [routes.header]: its place is "x-beta".
    private readonly string inner;
    private readonly SourceSpan innerSpan;

    private RouteValue(string key, SyntaxNode value, string inner, SourceSpan innerSpan) =>
        (Key, this.value, this.inner, this.innerSpan) = (key, value, inner, innerSpan);

    internal string Key { get; }

    internal SourceSpan Span => value.Span;

    /// <param name="inner">What follows the key in a dotted one; empty: nothing.</param>
    /// <param name="innerSpan">Where that stands.</param>
    internal static RouteValue Of(string key, SyntaxNode value, string inner, SourceSpan innerSpan) => new(key, value, inner, innerSpan);

    /// <summary>True: it is a table, or a line of one.</summary>
    internal bool IsTable => inner.Length > 0 || value is InlineTableSyntax;

    internal bool IsFalse => inner.Length == 0 && value is BooleanValueSyntax { Value: false };

    internal bool IsTrue => inner.Length == 0 && value is BooleanValueSyntax { Value: true };

    internal bool IsText => inner.Length == 0 && value is StringValueSyntax;

    internal RouteValueException Bad(string what) => new(value.Span, Key, what);

    internal string Text(string example) =>
        inner.Length == 0 && value is StringValueSyntax { Value: { Length: > 0 } text }
            ? text
            : throw Bad($"text is needed here, as in {Key} = {example}.");

    internal int Whole(int least, int most) =>
        inner.Length == 0 && value is IntegerValueSyntax { Value: var number } && number >= least && number <= most
        ? (int)number
        : throw Bad($"a whole number from {least} to {most} is needed here.");

    /// <summary>The place of one of the words.</summary>
    internal int Word(params string[] words)
    {
        var text = Text($"\"{words[0]}\"");
        try
        {
            return Values.Choice(text, words);
        }
        catch (SettingException problem)
        {
            throw Bad(problem.Message);
        }
    }

    /// <summary>For metrics and people: what needs no quotes.</summary>
    internal string Name() => Read(value, static text =>
        text.Length is > 0 and <= LongestName && text.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.')
            ? text
            : throw new SettingException(
                ErrorCode.BadKeyValue, $"a name such as \"checkout\" is needed here: letters, digits, -, _ and dots, {LongestName} at most."));

    internal string Prefix() => Read(value, static text => Values.Mount(text) is { Length: > 0 } path
        ? path
        : throw new SettingException(ErrorCode.BadMount, "a path such as \"/shop\" is needed here."));

    /// <summary>Text, and no array of it.</summary>
    internal T One<T>(Func<string, T> read) => inner.Length == 0 ? Read(value, read) : throw Bad("text is needed here, in quotes.");

    /// <summary>Text, or an array of it; at least one.</summary>
    internal IReadOnlyList<T> All<T>(Func<string, T> read)
    {
        if (inner.Length > 0 || value is ArraySyntax { Items.ChildrenCount: 0 })
        {
            throw Bad("text, or an array of it, is needed here.");
        }
        return value is ArraySyntax array ? [.. array.Items.Select(item => Read(item.Value!, read))] : [Read(value, read)];
    }

    /// <summary>name = value for each.</summary>
    internal IEnumerable<(string Name, SourceSpan NameSpan, RouteValue Value)> Pairs()
    {
        if (inner.Length > 0)
        {
            return [(inner, innerSpan, new RouteValue($"{Key}.{inner}", value, "", value.Span))];
        }
        return value is InlineTableSyntax table
            ? [.. table.Items.Select(item =>
            {
                var name = TomlKey.Of(item.KeyValue!.Key!);
                var said = item.KeyValue.Value!;
                return (name, item.KeyValue.Key!.Span, new RouteValue($"{Key}.{name}", said, "", said.Span));
            })]
            : throw Bad($"a table is needed here, as in {Key} = {{ name = \"value\" }}.");
    }

    internal IReadOnlyList<FieldCondition> Conditions(bool ignoreCase, bool percent)
    {
        var conditions = new List<FieldCondition>();
        foreach (var (name, span, said) in Pairs())
        {
            var plain = percent ? PercentText.Decode(name) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : "" : name;
            if (plain.Length == 0 || (!percent && !plain.All(IsOfToken)))
            {
                var what = percent ? "a name is needed here, in which %XX stands for a byte." : "no name has such characters.";
                throw new RouteValueException(span, Key, what);
            }
            conditions.Add(said.IsTrue || said.IsFalse
                ? new FieldCondition(plain, said.IsTrue, [])
                : new FieldCondition(plain, IsThere: true, said.All(text => ValuePattern.Parse(text, ignoreCase, percent))));
        }
        return conditions;
    }

    /// <param name="before">What lines before it said.</param>
    internal HeaderEdits Edits(HeaderEdits? before)
    {
        var edits = before ?? new HeaderEdits([], []);
        foreach (var (name, span, said) in Pairs())
        {
            // request-headers.set.X-A = "…" has its name behind the word.
            var word = name.Split('.')[0];
            edits = word switch
            {
                "set" => edits with { Set = [.. edits.Set, .. said.Fields(name[word.Length..].TrimStart('.'), span)] },
                "remove" => edits with { Remove = [.. edits.Remove, .. said.All(FieldName)] },
                _ => throw new RouteValueException(
                    span, Key, "set = { NAME = \"VALUE\" } and remove = [\"NAME\"] are what may stand here."),
            };
        }
        return edits;
    }

    private IEnumerable<KeyValuePair<string, RouteText>> Fields(string name, SourceSpan span)
    {
        var pairs = name.Length > 0 ? [(Name: name, NameSpan: span, Value: this)] : Pairs();
        foreach (var (field, fieldSpan, said) in pairs)
        {
            if (!field.All(IsOfToken) || !IsFree(field))
            {
                throw new RouteValueException(fieldSpan, Key, NotFree);
            }
            yield return new(field, Read(said.value, static text => text.All(static one => one is '\t' or (>= ' ' and < '\x7f'))
                ? RouteText.Parse(text)
                : throw new SettingException(ErrorCode.BadKeyValue, "a header field's value is plain ASCII on one line.")));
        }
    }

    private static string FieldName(string text) =>
        text.All(IsOfToken) && IsFree(text) ? text : throw new SettingException(ErrorCode.BadKeyValue, NotFree);

    private static bool IsFree(string name) =>
        name.ToLowerInvariant() is not ("content-length" or "transfer-encoding" or "connection" or "keep-alive" or "upgrade"
        or "te" or "trailer" or "proxy-connection" or "host" or "date" or "");

    // RFC 9110 §5.6.2.
    private static bool IsOfToken(char one) => char.IsAsciiLetterOrDigit(one) || "!#$%&'*+-.^_`|~".Contains(one, StringComparison.Ordinal);

    private T Read<T>(SyntaxNode node, Func<string, T> read)
    {
        if (node is not StringValueSyntax { Value: { } text })
        {
            throw new RouteValueException(node.Span, Key, "text is needed here, in quotes.");
        }
        try
        {
            return read(text);
        }
        catch (SettingException problem)
        {
            throw new RouteValueException(node.Span, Key, problem.Message);
        }
    }
}
