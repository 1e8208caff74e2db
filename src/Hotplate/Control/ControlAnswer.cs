using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Supervision;

namespace Hotplate.Control;

/// <summary>An answer of the control API.</summary>
/// <param name="Status">As HTTP has it.</param>
/// <param name="Body">UTF-8.</param>
internal sealed record ControlAnswer(int Status, byte[] Body)
{
    private const int Ok = 200;
    private const int BadRequest = 400;
    private const int NotFound = 404;
    private const int Conflict = 409;

    internal string ContentType { get; init; } = "application/json";

    /// <summary>Of what is configured, quoted; null: there is nothing of which to have one.</summary>
    internal string? Tag { get; init; }

    /// <summary>Methods that are right there; null: the one that was used is.</summary>
    internal string? Allow { get; init; }

    internal static ControlAnswer Of<T>(T body, JsonTypeInfo<T> type) => new(Ok, JsonSerializer.SerializeToUtf8Bytes(body, type));

    /// <summary>What became of a command: 200, or 409 where it could not be done.</summary>
    internal static ControlAnswer Of(ReloadResult result) =>
        Say(result.Code == 0 ? Ok : Conflict, result.Code, result.Message, result.Error);

    /// <summary>What became of a change to the configuration: 200, or 400 where it is wrong.</summary>
    internal static ControlAnswer OfChange(ReloadResult result) =>
        Say(result.Code == 0 ? Ok : BadRequest, result.Code, result.Message, result.Error);

    internal static ControlAnswer Bad(string why) => Refuse(BadRequest, "HP406", why);

    internal static ControlAnswer Missing(string code, string why) => Refuse(NotFound, code, why);

    internal static ControlAnswer Refuse(int status, string code, string why) => Say(status, 1, $"{code}  {why}", code);

    private static ControlAnswer Say(int status, int code, string? message, string? error) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(
            new ControlMessage { Code = code, Message = message, Error = error }, ControlJson.Default.ControlMessage));
}
