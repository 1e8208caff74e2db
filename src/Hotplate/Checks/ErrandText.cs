using System.Buffers;
using System.Text;
using System.Text.Json;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Checks;

/// <summary>The instructions of an errand: one JSON object, with the names of the zygote's own.</summary>
internal static class ErrandText
{
    internal static string Make(string errand, AppSettings app, string extension = "", TimeSpan limit = default, int workers = 1)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("errand", errand);
            (string, string)[] texts =
                [("target", app.Target), ("directory", app.Directory), ("config", app.Config ?? ""), ("extension", extension), ("preload", ApplicationTable.Word(app.Preload))];
            foreach (var (name, value) in texts)
            {
                json.WritePropertyName(name);
                ZygoteCommand.WriteText(json, value);
            }
            if (app.RunAs is { IsToCome: true } who)
            {
                json.WriteStartObject("become");
                json.WriteNumber("user", who.User);
                json.WriteNumber("group", who.Group);
                json.WriteStartArray("groups");
                foreach (var group in who.Groups)
                {
                    json.WriteNumberValue(group);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteNumber("limit", limit.TotalSeconds);
            json.WriteNumber("workers", workers);
            json.WriteStartArray("pythonpath");
            foreach (var folder in app.PythonPath)
            {
                ZygoteCommand.WriteText(json, folder);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
