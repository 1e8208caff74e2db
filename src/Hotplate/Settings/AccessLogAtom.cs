namespace Hotplate.Settings;

/// <summary>What may stand in a gunicorn access_log_format.</summary>
internal enum AccessLogAtom
{
    /// <summary>Text, written as it is.</summary>
    Text,

    /// <summary>What is not known here, the user's name among it: a dash.</summary>
    Dash,

    Remote,
    Time,
    RequestLine,
    Method,
    Path,
    Query,
    Protocol,
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
}
