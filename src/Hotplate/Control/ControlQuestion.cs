namespace Hotplate.Control;

/// <summary>A request to the control API: see docs/openapi.json.</summary>
/// <param name="Body">JSON; null: none.</param>
internal sealed record ControlQuestion(string Method, string Path, string? Body = null)
{
    internal static ControlQuestion Status { get; } = new("GET", "/v1/status");

    /// <summary>A command for one application, or for all of them.</summary>
    internal static ControlQuestion Of(string command, string? app, string? body = null) =>
        new("POST", app is null ? $"/v1/{command}" : $"/v1/apps/{Uri.EscapeDataString(app)}/{command}", body);
}
