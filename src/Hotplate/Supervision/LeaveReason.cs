namespace Hotplate.Supervision;

/// <summary>Why a worker that serves is let go, another taking its place or not.</summary>
internal enum LeaveReason
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>It answered as many requests as it may.</summary>
    Requests,

    /// <summary>It takes more memory than it should.</summary>
    Memory,

    /// <summary>It is as old as it may get.</summary>
    Age,

    /// <summary>A request of it ran over its time limit.</summary>
    TimeLimit,

    /// <summary>It told its application that it is alone, and now it is not.</summary>
    Company,

    /// <summary>There are to be fewer.</summary>
    Surplus,

    /// <summary>Somebody asked for it.</summary>
    Asked,
}
