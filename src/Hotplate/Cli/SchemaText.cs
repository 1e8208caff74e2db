using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>The JSON Schema of hotplate.toml, made of the settings: editors complete and check the file by it.</summary>
internal static class SchemaText
{
    internal static string Make()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var laidOut = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(bytes, laidOut))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", HotplateFile.Name);
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            WriteSettings(json, static setting => setting.Name != "config");
            WriteApps(json);
            WriteTables(json, RouteKind.Routes, "Which request goes where: docs/routes.md.", null);
            WriteTables(json, RouteKind.Limits, "How often requests may come: docs/configuration.md.", "rate");
            json.WriteEndObject();
            json.WriteBoolean("additionalProperties", false);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    private static void WriteSettings(Utf8JsonWriter json, Func<Setting, bool> isWanted)
    {
        json.WriteStartObject("target");
        json.WriteString("description", "What is served: shop:app, shop, shop:create_app(\"x\"), shop/app.py.");
        json.WriteString("type", "string");
        json.WriteEndObject();
        foreach (var setting in SettingTable.All.Where(isWanted))
        {
            json.WriteStartObject(setting.Name);
            json.WriteString("description", $"{setting.Summary} Default: {setting.DescribeDefault()}.");
            if (setting.Repeatable)
            {
                json.WriteStartArray("anyOf");
                json.WriteStartObject();
                WriteType(json, setting);
                json.WriteEndObject();
                json.WriteStartObject();
                json.WriteString("type", "array");
                json.WriteStartObject("items");
                WriteType(json, setting);
                json.WriteEndObject();
                json.WriteEndObject();
                if (setting.Name == "env")
                {
                    json.WriteStartObject();
                    json.WriteString("type", "object");
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            else
            {
                WriteType(json, setting);
            }
            json.WriteEndObject();
        }
    }

    private static void WriteApps(Utf8JsonWriter json)
    {
        json.WriteStartObject("apps");
        json.WriteString("description", "An application each, by its name: docs/configuration.md.");
        json.WriteString("type", "object");
        json.WriteStartObject("additionalProperties");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        WriteSettings(json, static setting => setting.IsPerApp && setting.Name != "config");
        json.WriteEndObject();
        json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The keys alone: what may stand there has many forms, and the server tells what is wrong with it.</summary>
    private static void WriteTables(Utf8JsonWriter json, RouteKind kind, string description, string? required)
    {
        json.WriteStartObject(kind.Table);
        json.WriteString("description", description);
        json.WriteString("type", "array");
        json.WriteStartObject("items");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        foreach (var key in kind.Keys)
        {
            json.WriteStartObject(key);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        if (required is not null)
        {
            json.WriteStartArray("required");
            json.WriteStringValue(required);
            json.WriteEndArray();
        }
        json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Every value may be text, a number where the text could be one; what is wrong with it beyond that, the server tells.
    private static void WriteType(Utf8JsonWriter json, Setting setting)
    {
        var words = setting.Words.ToList();
        var isSwitch = words.Contains("on");
        if (words.Count == setting.Hint.Split('|').Length)
        {
            json.WriteStartArray("enum");
            words.ForEach(json.WriteStringValue);
            if (isSwitch)
            {
                json.WriteBooleanValue(true);
                json.WriteBooleanValue(false);
            }
            json.WriteEndArray();
            return;
        }
        json.WriteStartArray("type");
        json.WriteStringValue("string");
        json.WriteStringValue("number");
        if (isSwitch)
        {
            json.WriteStringValue("boolean");
        }
        json.WriteEndArray();
    }
}
