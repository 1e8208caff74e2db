using System.Net;

namespace Hotplate.Settings;

/// <summary>One place to listen: an address and port, a Unix socket, or a socket that listens already.</summary>
internal sealed record BindAddress
{
    public static BindAddress Default { get; } = new() { Text = "127.0.0.1:8000", EndPoint = new IPEndPoint(IPAddress.Loopback, 8000) };

    /// <summary>As the user wrote it, for messages.</summary>
    public required string Text { get; init; }

    /// <summary>Null for a Unix socket and for what listens already. Port 0: the kernel chooses, and the start-up line tells.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>Null for an address and port and for what listens already. Absolute, or <c>@name</c> for one that is no file: unix(7), "abstract".</summary>
    public string? UnixPath { get; init; }

    /// <summary>A Unix socket without a file, and so without permissions.</summary>
    public bool IsAbstract => UnixPath is ['@', ..];

    /// <summary>Mode of the Unix socket's file, from <c>unix:/path?mode=660</c>. Default: as the umask leaves it.</summary>
    public UnixFileMode? UnixMode { get; init; }

    /// <summary>A socket that listens already, open in this process (<c>fd://3</c>, or one that systemd passed); null: the server makes its own.</summary>
    public int? Descriptor { get; init; }

    /// <summary>What systemd calls the sockets that are meant (<c>systemd:NAME</c>); once they are found there is a <see cref="Descriptor"/> each.</summary>
    public string? PassedName { get; init; }

    /// <summary>True: TLS is spoken there (<c>https://:443</c>); false: it is not (<c>http://</c>, a Unix socket, <c>h2c:</c>); null: it is
    /// when there are certificates.</summary>
    public bool? Tls { get; init; }

    /// <summary>Nothing is served there: everybody is led to https.</summary>
    public bool Redirects { get; init; }

    /// <summary>Cleartext HTTP/2 with prior knowledge (<c>h2c:host:port</c>) instead of HTTP/1.1.</summary>
    public bool Http2 { get; init; }
}
