using System.Net;

namespace Hotplate.Settings;

/// <summary>How a running server is found and asked.</summary>
internal sealed record ControlSettings
{
    /// <summary>Stands for a name of its own in a private folder of this user.</summary>
    public const string Auto = "auto";

    /// <summary>The control socket: an absolute path, <see cref="Auto"/>, or null for none. Default <see cref="Auto"/>.</summary>
    public string? Socket { get; init; } = Auto;

    /// <summary>A file for the server's process id, absolute; null for none. Default none, as gunicorn's.</summary>
    public string? PidFile { get; init; }

    /// <summary>Where Prometheus finds metrics; null for nowhere, the default.</summary>
    public IPEndPoint? Metrics { get; init; }
}
