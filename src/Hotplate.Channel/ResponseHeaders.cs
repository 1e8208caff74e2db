namespace Hotplate.Channel;

/// <summary>Response header names that travel as one byte. Id 0 means that the name follows as the application wrote it.</summary>
/// <remarks>The order is the wire: append only. Names compare without case, so the worker may send an id for any spelling.</remarks>
internal static class ResponseHeaders
{
    internal static readonly string[] Names =
    [
        "", "Content-Type", "Content-Length", "Location", "Set-Cookie", "Cache-Control", "ETag", "Last-Modified", "Vary",
        "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Range", "Accept-Ranges", "Expires", "Date",
        "Server", "Allow", "WWW-Authenticate", "Link", "Retry-After", "X-Frame-Options", "X-Content-Type-Options",
        "Referrer-Policy", "Strict-Transport-Security", "Content-Security-Policy", "Cross-Origin-Opener-Policy",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Expose-Headers", "Pragma", "X-Request-Id",
    ];

    internal const int ContentType = 1;
    internal const int ContentLength = 2;
    internal const int Date = 15;
    internal const int Server = 16;
}
