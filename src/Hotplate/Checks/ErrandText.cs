using System.Buffers;
using System.Text;
using System.Text.Json;
using Hotplate.Settings;

namespace Hotplate.Checks;

/// <summary>The instructions of an errand: one JSON object, with the names of the zygote's own.</summary>
internal static class ErrandText
{
    internal static string Make(string errand, AppSettings app, string extension = "", TimeSpan limit = default)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("errand", errand);
            json.WriteString("target", app.Target);
            json.WriteString("directory", app.Directory);
            json.WriteString("config", app.Config ?? "");
            json.WriteString("extension", extension);
            json.WriteNumber("limit", limit.TotalSeconds);
            json.WriteStartArray("pythonpath");
            foreach (var folder in app.PythonPath)
            {
                json.WriteStringValue(folder);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
