namespace Hotplate.Channel;

/// <summary>Request header names that travel as one byte. Id 0 means that the name follows, in CGI form.</summary>
/// <remarks>The order is the wire: append only, and raise <see cref="Wire.Version"/> when anything else changes.</remarks>
internal static class RequestHeaders
{
    /// <summary>The environ key (PEP 3333; RFC 3875 §4.1.18) of every id. Index 0 is no header.</summary>
    internal static readonly string[] EnvironKeys =
    [
        "", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST", "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING",
        "HTTP_ACCEPT_LANGUAGE", "HTTP_COOKIE", "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_AUTHORIZATION", "HTTP_CACHE_CONTROL",
        "HTTP_PRAGMA", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_X_REQUESTED_WITH", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID",
        "HTTP_FORWARDED", "HTTP_VIA", "HTTP_DNT", "HTTP_UPGRADE_INSECURE_REQUESTS", "HTTP_SEC_FETCH_SITE",
        "HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_DEST", "HTTP_SEC_FETCH_USER", "HTTP_SEC_CH_UA", "HTTP_SEC_CH_UA_MOBILE",
        "HTTP_SEC_CH_UA_PLATFORM", "HTTP_PRIORITY", "HTTP_EXPECT", "HTTP_IDEMPOTENCY_KEY", "HTTP_TRACEPARENT", "HTTP_TRACESTATE",
        "HTTP_CONTENT_ENCODING", "HTTP_CONTENT_LANGUAGE", "HTTP_DEPTH", "HTTP_DESTINATION", "HTTP_OVERWRITE", "HTTP_X_CSRFTOKEN",

        // Not the client's to say: no field becomes one of these.
        "SSL_CLIENT_VERIFY", "SSL_CLIENT_S_DN", "SSL_CLIENT_I_DN", "SSL_CLIENT_M_SERIAL", "SSL_CLIENT_FINGERPRINT", "SSL_PROTOCOL",
        "SSL_CIPHER",
    ];

    internal const int ContentLength = 2;
    internal const int Cookie = 8;
    internal const int IdempotencyKey = 41;
    internal const int SslClientVerify = 50;
    internal const int SslClientSubject = 51;
    internal const int SslClientIssuer = 52;
    internal const int SslClientSerial = 53;
    internal const int SslClientFingerprint = 54;
    internal const int SslProtocol = 55;
    internal const int SslCipher = 56;

    /// <summary>The ids of fields of a request end here; those from here on the front says of the connection.</summary>
    internal const int EndOfFields = SslClientVerify;

    /// <summary>The id of a header by its HTTP name, any case; 0 when it has none.</summary>
    internal static int IdOf(string name) => Ids.TryGetValue(name, out var id) ? id : 0;

    private static readonly Dictionary<string, int> Ids = MakeIds();

    private static Dictionary<string, int> MakeIds()
    {
        var ids = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var id = 1; id < EndOfFields; id++)
        {
            var key = EnvironKeys[id];
            ids[(key.StartsWith("HTTP_", StringComparison.Ordinal) ? key[5..] : key).Replace('_', '-')] = id;
        }
        return ids;
    }
}
