namespace Hotplate.Settings;

/// <summary>What may stand in a pattern of the access log.</summary>
internal enum AccessLogAtom
{
    /// <summary>Text, written as it is.</summary>
    Text,

    /// <summary>What is not known here: a dash.</summary>
    Dash,

    Remote,
    User,
    Time,
    RequestLine,
    Method,
    Target,
    Path,
    Query,
    Protocol,
    Scheme,
    Host,
    Status,
    Bytes,
    BytesOrDash,
    Referer,
    UserAgent,
    RequestId,
    Seconds,
    Microseconds,
    Milliseconds,
    DecimalSeconds,
    Worker,

    /// <summary>A header field of the request, which is named.</summary>
    RequestField,

    /// <summary>A header field of the answer, which is named.</summary>
    ResponseField,

    QueueMicroseconds,
    AppMicroseconds,
    Route,
    App,
    TlsVersion,
    ServerName,
    Failure,
}
