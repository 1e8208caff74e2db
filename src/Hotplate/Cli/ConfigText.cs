using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>The effective settings and where each came from, for programs and as a file.</summary>
internal static class ConfigText
{
    /// <summary>An object with a member for each setting: what the flag would be told, and where that came from. Of several
    /// applications each has its own below "apps".</summary>
    internal static string Json(SettingsOutcome outcome)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var laidOut = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(bytes, laidOut))
        {
            json.WriteStartObject();
            if (outcome.Apps.Count == 0)
            {
                Write(json, Rows(outcome, static _ => true));
            }
            else
            {
                Write(json, Rows(outcome.Apps[0], ConfigVerb.IsOfServer).Skip(1));
                json.WriteStartObject("apps");
                foreach (var app in outcome.Apps)
                {
                    json.WriteStartObject(app.Settings!.App.Name);
                    Write(json, Rows(app, static setting => setting.IsPerApp));
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            WriteLimits(json, outcome.Settings!);
            json.WriteEndObject();
        }
        return Visible.Lines(Encoding.UTF8.GetString(bytes.WrittenSpan)) + "\n";
    }

    /// <summary>A hotplate.toml that says the same: what nobody said is a comment, as is what a file should not show.</summary>
    internal static string Toml(SettingsOutcome outcome)
    {
        var text = new StringBuilder("# What hotplate would serve with now; a comment is the default.\n");
        if (outcome.Apps.Count == 0)
        {
            Write(text, outcome, Rows(outcome, static _ => true));
        }
        else
        {
            Write(text, outcome.Apps[0], Rows(outcome.Apps[0], ConfigVerb.IsOfServer).Skip(1));
        }
        foreach (var app in outcome.Apps)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[apps.{Quoted(app.Settings!.App.Name)}]\n");
            Write(text, app, Rows(app, static setting => setting.IsPerApp));
        }
        if (outcome.Settings!.RoutesText.Length > 0)
        {
            text.Append('\n').Append(outcome.Settings.RoutesText.Trim()).Append('\n');
        }
        return Visible.Lines(text.ToString());
    }

    /// <summary>The file's, each in words and with its place; no member where there are none.</summary>
    private static void WriteLimits(Utf8JsonWriter json, ServerSettings settings)
    {
        var limits = ConfigVerb.LimitsOf(settings).ToList();
        if (limits.Count == 0)
        {
            return;
        }
        json.WriteStartArray("limits");
        foreach (var limit in limits)
        {
            json.WriteStartObject();
            json.WriteString("value", JsonText.Sound(limit.Action.Describe()));
            json.WriteString("source", JsonText.Sound(limit.Place));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<ConfigRow> rows)
    {
        foreach (var row in rows)
        {
            json.WriteStartObject(row.Name);
            json.WriteString("value", JsonText.Sound(row.Value));
            json.WriteString("source", JsonText.Sound(row.Source));
            json.WriteEndObject();
        }
    }

    private static void Write(StringBuilder text, SettingsOutcome outcome, IEnumerable<ConfigRow> rows)
    {
        foreach (var (name, value, source, setting) in rows)
        {
            var isDefault = setting is not null && outcome.SourceOf(setting).Layer == SettingLayer.Default;
            // Variables are not told by anybody, secrets as most are; a file has no key for itself.
            var isComment = isDefault || name is "env" or "config";
            text.Append(isComment ? "# " : "").Append(name).Append(" = ").Append(Value(setting, value));
            text.Append(isDefault ? "" : $"  # {source}").Append('\n');
        }
    }

    /// <summary>As a key of hotplate.toml takes it.</summary>
    internal static string Value(Setting? setting, string value)
    {
        if (setting is { Repeatable: true } && value.Contains(setting.Separator, StringComparison.Ordinal))
        {
            const StringSplitOptions tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
            return $"[{string.Join(", ", value.Split(setting.Separator, tidy).Select(Quoted))}]";
        }
        // No sign, no zero before it: 027 is no number in TOML.
        var isNumber = value is ['0'] or [>= '1' and <= '9', ..] && value.Length < 19 && value.All(char.IsAsciiDigit);
        return setting is not null && isNumber ? value : Quoted(value);
    }

    /// <summary>A basic string of TOML.</summary>
    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var one in value)
        {
            _ = one switch
            {
                '"' or '\\' => text.Append('\\').Append(one),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                _ => text.Append(one),
            };
        }
        return text.Append('"').ToString();
    }

    /// <summary>The target first.</summary>
    private static IEnumerable<ConfigRow> Rows(SettingsOutcome outcome, Func<Setting, bool> isWanted) =>
    [
        new("target", outcome.Settings!.App.Target, outcome.TargetFrom ?? outcome.Search?.Only?.Why ?? "target", null),
        .. SettingTable.All.Where(isWanted).Select(setting => new ConfigRow(
            setting.Name, setting.Show(outcome.Settings!), ConfigVerb.Source(setting, outcome.Settings!, outcome), setting)),
    ];

    private sealed record ConfigRow(string Name, string Value, string Source, Setting? Setting);
}
