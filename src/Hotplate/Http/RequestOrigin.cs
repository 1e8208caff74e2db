namespace Hotplate.Http;

/// <summary>Who asked, and under which address they know us, as environ will tell it.</summary>
internal readonly record struct RequestOrigin
{
    /// <summary>REMOTE_ADDR; empty for a Unix socket's peer.</summary>
    internal required string Address { get; init; }

    /// <summary>Whose request it counts as; null when that is not known: a trusted proxy did not say.</summary>
    internal System.Net.IPAddress? Client { get; init; }

    /// <summary>REMOTE_PORT; 0 when it is not known.</summary>
    internal ushort Port { get; init; }

    /// <summary>wsgi.url_scheme is https.</summary>
    internal bool Https { get; init; }

    /// <summary>HTTP_HOST; null when there is none.</summary>
    internal string? Host { get; init; }

    /// <summary>SERVER_PORT.</summary>
    internal ushort ServerPort { get; init; }

    /// <summary>What a proxy cut off the path; stands in SCRIPT_NAME before the mount. Empty, or "/prefix" without a slash at its end.</summary>
    internal string Prefix { get; init; }
}
