namespace Hotplate.Workers;

/// <summary>One request that the pool has, as it was at one moment. Times are nanoseconds.</summary>
/// <param name="Name">Null when nobody knows it any more.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Age">Since it was given to the pool: its head, and its body unless that streams, had been read.</param>
/// <param name="QueueTime">Until the application began with it, or until now.</param>
/// <param name="Worker">Where it is; null while it waits for a worker.</param>
/// <param name="Thread">The kernel's id of the thread that runs it; 0 before.</param>
internal sealed record RequestView(RequestName? Name, RequestPhase Phase, long Age, long QueueTime, Worker? Worker, int Thread);

/// <summary>How far a request is.</summary>
internal enum RequestPhase
{
    /// <summary>For a worker.</summary>
    Waiting,

    /// <summary>It lies at a worker that has not begun it, and may still go to another.</summary>
    Ready,

    /// <summary>The application runs it.</summary>
    Running,

    /// <summary>The answer has begun.</summary>
    Answering,

    /// <summary>Its client has left, and the application has not noticed.</summary>
    Left,
}
