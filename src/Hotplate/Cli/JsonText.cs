using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Checks;
using Hotplate.Control;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>An answer of the server as JSON for programs, laid out for people.</summary>
internal static class JsonText
{
    /// <summary>What <c>hotplate check --json</c> prints.</summary>
    internal static string Check(SettingsOutcome outcome, IReadOnlyList<Finding> findings, string? python)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", findings.Count == 0);
            json.WriteString("target", Sound(outcome.Target));
            json.WriteString("found_by", Sound(outcome.Search?.Only?.Why));
            json.WriteString("interpreter", Sound(outcome.Settings?.App.Python));
            json.WriteString("python", python);
            json.WriteStartArray("problems");
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("code", finding.Code);
                json.WriteString("message", Sound(finding.Text));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("warnings");
            foreach (var warning in outcome.Warnings)
            {
                json.WriteStringValue(Sound(warning));
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Visible.Lines(Encoding.UTF8.GetString(bytes.WrittenSpan)) + "\n";
    }

    // A half surrogate stands for a byte that is not UTF-8, which JSON cannot have.
    internal static string? Sound(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    internal static string Of<T>(T answer)
    {
        // It goes into no web page: an ampersand of a query may look like one. Control characters are escaped all the same.
        var options = new JsonSerializerOptions(ControlJson.Default.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        return JsonSerializer.Serialize(answer, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T))) + "\n";
    }
}
