using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hotplate.Control;

/// <summary>What a server answered on its control socket.</summary>
/// <param name="Status">As HTTP has it.</param>
internal sealed record ControlReply(int Status, byte[] Json)
{
    /// <exception cref="ControlException">It is something else.</exception>
    internal T As<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Json, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new ControlException($"HP406  the server's answer is not what this version of hotplate knows: {error.Message}", error);
        }
    }

    /// <summary>Of a command, or of anything that was refused.</summary>
    internal ControlMessage Message => As(ControlJson.Default.ControlMessage);

    internal bool IsRefused => Status >= 300;
}
