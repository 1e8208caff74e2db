using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotplate.Settings;
using Hotplate.Sites;

namespace Hotplate.Control;

/// <summary>What is at /v1/config: the file that is served, as JSON, and changes to it that are served without a file.</summary>
internal sealed class ConfigResource(SiteChange change)
{
    private const string Code = "HP406";
    private static readonly JsonSerializerOptions s_form = new(ControlJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="path">Below /v1/config.</param>
    /// <param name="ifMatch">The tag that must still be right; null: whatever it is.</param>
    internal async Task<ControlAnswer> AnswerAsync(string method, IReadOnlyList<string> path, byte[] body, string? ifMatch, bool isTrial)
    {
        try
        {
            if (method is "GET" or "HEAD")
            {
                var text = change.Text;
                return Show(ConfigChange.At(ConfigDocument.Read(text), path), Tag(text));
            }
            var changing = new ConfigChange(method, path, method == "DELETE" ? null : ConfigChange.Parse(body));
            var result = await change.EditAsync(
                text => ifMatch is null or "*" || ifMatch == Tag(text)
                    ? ConfigDocument.Write(changing.Apply(ConfigDocument.Read(text)))
                    : throw new StaleException(),
                isTrial);
            return ControlAnswer.OfChange(result) with { Tag = Tag(change.Text) };
        }
        catch (StaleException)
        {
            const string why = "the configuration was changed by somebody else meanwhile. GET it again.";
            return ControlAnswer.Refuse(412, Code, why) with { Tag = Tag(change.Text) };
        }
        catch (FormatException error)
        {
            return ControlAnswer.Bad(error.Message);
        }
        catch (KeyNotFoundException error)
        {
            return ControlAnswer.Missing(Code, error.Message);
        }
    }

    /// <summary>If-Match names what is served no more.</summary>
    private sealed class StaleException : Exception;

    private static ControlAnswer Show(JsonNode node, string tag) =>
        new(200, [.. Encoding.UTF8.GetBytes(node.ToJsonString(s_form)), (byte)'\n']) { Tag = tag };

    private static string Tag(string text) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8))}\"";
}
