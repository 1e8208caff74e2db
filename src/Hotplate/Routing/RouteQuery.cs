using System.Net;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Routing;

/// <summary>What routes ask of a request.</summary>
internal readonly ref struct RouteQuery
{
    /// <summary>As <see cref="HostName.Of"/> makes it.</summary>
    internal ReadOnlySpan<char> Host { get; init; }

    /// <summary>Decoded, see <see cref="RequestTarget.Path"/>.</summary>
    internal required ReadOnlySpan<byte> Path { get; init; }

    internal required string Method { get; init; }

    /// <summary>As the client wrote it, without the question mark.</summary>
    internal ReadOnlySpan<char> Query { get; init; }

    /// <summary>Asked only by routes that have conditions on header fields or cookies; null: there are none.</summary>
    internal IHeaderDictionary? Headers { get; init; }

    /// <summary>Null: a Unix socket's peer, or not known.</summary>
    internal IPAddress? Client { get; init; }

    internal bool IsHttps { get; init; }
}
