namespace Hotplate.Workers;

/// <summary>Why a request got no answer from its application. A value, never an exception; one table gives each its status.</summary>
internal enum RequestFailure
{
    None = 0,

    /// <summary>As many requests wait as may.</summary>
    QueueFull,

    /// <summary>This client has as many requests in hand as it may.</summary>
    TooManyOfClient,

    /// <summary>More requests came in a time than a limit lets pass.</summary>
    RateLimited,

    /// <summary>By all that is known, no worker would be free within the longest wait.</summary>
    Overloaded,

    /// <summary>No worker was free within the longest wait.</summary>
    QueueTimeout,

    /// <summary>The application failed before it gave a status.</summary>
    AppFailed,

    /// <summary>The worker died while it ran this request.</summary>
    WorkerDied,

    /// <summary>The client left before its answer began.</summary>
    ClientLeft,

    /// <summary>The body is longer than may be.</summary>
    BodyTooLarge,

    /// <summary>The request cannot be read, or not in one way only.</summary>
    BadRequest,

    /// <summary>The request line is too long.</summary>
    UriTooLong,

    /// <summary>Its method cannot have a target of that form.</summary>
    MethodNotAllowed,

    /// <summary>It is none of the versions of HTTP that are spoken there.</summary>
    VersionNotSupported,

    /// <summary>The client stopped sending before the body.</summary>
    HeadTooSlow,

    /// <summary>A header field, or all together, are too long.</summary>
    HeadersTooLarge,

    /// <summary>No application is mounted at this path.</summary>
    NotFound,

    /// <summary>It is for a host that is not served here.</summary>
    Misdirected,

    /// <summary>The server is stopping.</summary>
    Stopping,

    /// <summary>The application does not run: it could not be started, and is tried again.</summary>
    AppDown,

    /// <summary>The application gave no answer within the time limit.</summary>
    TimedOut,

    /// <summary>The disk or the memory for bodies is full.</summary>
    NoSpace,

    /// <summary>The client expects what nobody here can do.</summary>
    ExpectationFailed,

    /// <summary>It needs what this server never does: CONNECT, or a transfer coding other than chunked.</summary>
    NotImplemented,

    /// <summary>The client stopped sending its body.</summary>
    BodyTooSlow,

    /// <summary>Whoever runs the server has ended it: hotplate kill.</summary>
    Killed,

    /// <summary>Clients make the front hold more than the memory it has for them.</summary>
    NoMemory,

    /// <summary>A file became shorter while it was sent, or its disk fails.</summary>
    FileFailed,
}
