using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>An answer of the server as JSON for programs, laid out for people.</summary>
internal static class JsonText
{
    internal static string Of<T>(T answer)
    {
        // It goes into no web page: an ampersand of a query may look like one. Control characters are escaped all the same.
        var options = new JsonSerializerOptions(ControlJson.Default.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        return JsonSerializer.Serialize(answer, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T))) + "\n";
    }
}
