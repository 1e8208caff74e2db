using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>The text of a hotplate.toml as JSON, and back: what programs change it by.</summary>
/// <remarks>Times and dates become text; no setting takes them. Comments are lost.</remarks>
internal static class ConfigDocument
{
    private const string Apps = "apps";

    /// <param name="text">One that could be read as TOML.</param>
    internal static JsonObject Read(string text)
    {
        var document = Tomlyn.Parsing.SyntaxParser.Parse(text, "", validate: true);
        var root = new JsonObject();
        if (document.HasErrors)
        {
            return root;
        }
        Fill(root, document.KeyValues);
        foreach (var table in document.Tables)
        {
            var parts = TomlKey.PartsOf(table.Name!);
            var parent = parts[..^1].Aggregate(root, Step);
            if (table is TableArraySyntax)
            {
                var array = parent[parts[^1]] as JsonArray ?? Set(parent, parts[^1], new JsonArray());
                var item = new JsonObject();
                array.Add((JsonNode)item);
                Fill(item, table.Items);
            }
            else
            {
                Fill(Step(parent, parts[^1]), table.Items);
            }
        }
        return root;
    }

    /// <summary>Keys first, then a table for each application, then one for each route.</summary>
    /// <exception cref="FormatException">Something of it cannot be said in TOML; the message says what.</exception>
    internal static string Write(JsonObject document)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in document)
        {
            if (!IsTables(key, value))
            {
                Line(text, key, value);
            }
        }
        if (document[Apps] is JsonObject apps)
        {
            foreach (var (name, app) in apps)
            {
                Table(text, $"[{Apps}.{Key(name)}]", app as JsonObject
                    ?? throw new FormatException($"apps.{name}: an object is needed, as in {{\"target\": \"shop:app\"}}."));
            }
        }
        foreach (var (key, value) in document)
        {
            if (key != Apps && IsTables(key, value))
            {
                foreach (var item in (JsonArray)value!)
                {
                    Table(text, $"[[{Key(key)}]]", (JsonObject)item!);
                }
            }
        }
        return text.ToString();
    }

    private static bool IsTables(string key, JsonNode? value) =>
        (key == Apps && value is JsonObject) || (value is JsonArray { Count: > 0 } array && array.All(static item => item is JsonObject));

    private static void Table(StringBuilder text, string head, JsonObject table)
    {
        text.Append(text.Length == 0 ? "" : "\n").Append(head).Append('\n');
        foreach (var (key, value) in table)
        {
            Line(text, key, value);
        }
    }

    private static void Line(StringBuilder text, string key, JsonNode? value)
    {
        text.Append(Key(key)).Append(" = ");
        Value(text, key, value);
        text.Append('\n');
    }

    private static void Value(StringBuilder text, string where, JsonNode? value)
    {
        switch (value)
        {
            case null:
                throw new FormatException($"{where}: null is no value. Leave the key out, or DELETE it.");
            case JsonObject table:
                text.Append("{ ");
                Join(text, table, pair =>
                {
                    text.Append(Key(pair.Key)).Append(" = ");
                    Value(text, $"{where}.{pair.Key}", pair.Value);
                });
                text.Append(table.Count == 0 ? "}" : " }");
                break;
            case JsonArray array:
                text.Append('[');
                Join(text, array, item => Value(text, where, item));
                text.Append(']');
                break;
            case JsonValue plain when plain.TryGetValue<string>(out var said):
                Quote(text, said);
                break;
            default:
                // Numbers and booleans are written alike in both.
                text.Append(value.ToJsonString());
                break;
        }
    }

    private static void Join<T>(StringBuilder text, IEnumerable<T> items, Action<T> write)
    {
        var isFirst = true;
        foreach (var item in items)
        {
            text.Append(isFirst ? "" : ", ");
            isFirst = false;
            write(item);
        }
    }

    private static string Key(string name)
    {
        if (name.Length > 0 && name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_'))
        {
            return name;
        }
        var quoted = new StringBuilder();
        Quote(quoted, name);
        return quoted.ToString();
    }

    /// <summary>A basic string: https://toml.io/en/v1.0.0#string.</summary>
    private static void Quote(StringBuilder text, string said)
    {
        text.Append('"');
        foreach (var one in said)
        {
            _ = one switch
            {
                '"' or '\\' => text.Append('\\').Append(one),
                '\n' => text.Append("\\n"),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                _ => text.Append(one),
            };
        }
        text.Append('"');
    }

    private static JsonObject Step(JsonObject parent, string part) => parent[part] switch
    {
        JsonObject table => table,
        JsonArray { Count: > 0 } array => (JsonObject)array[^1]!,
        _ => Set(parent, part, new JsonObject()),
    };

    private static T Set<T>(JsonObject parent, string part, T node)
        where T : JsonNode
    {
        parent[part] = node;
        return node;
    }

    private static void Fill(JsonObject table, IEnumerable<KeyValueSyntax> pairs)
    {
        foreach (var pair in pairs)
        {
            var parts = TomlKey.PartsOf(pair.Key!);
            parts[..^1].Aggregate(table, Step)[parts[^1]] = Node(pair.Value!);
        }
    }

    private static JsonNode? Node(SyntaxNode value)
    {
        switch (value)
        {
            case StringValueSyntax text:
                return JsonValue.Create(text.Value);
            case IntegerValueSyntax number:
                return JsonValue.Create(number.Value);
            case FloatValueSyntax number:
                return JsonValue.Create(number.Value);
            case BooleanValueSyntax truth:
                return JsonValue.Create(truth.Value);
            case ArraySyntax array:
                return new JsonArray([.. array.Items.Select(static item => Node(item.Value!))]);
            case InlineTableSyntax inline:
                var table = new JsonObject();
                Fill(table, inline.Items.Select(static item => item.KeyValue!));
                return table;
            default:
                return JsonValue.Create(value.ToString().Trim());
        }
    }
}
