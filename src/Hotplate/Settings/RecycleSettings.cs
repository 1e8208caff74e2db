namespace Hotplate.Settings;

/// <summary>After what a worker is replaced by a fresh one though nothing is wrong with it.</summary>
internal sealed record RecycleSettings
{
    /// <summary>Requests a worker answers before it is replaced; 0 is no limit. Default 0, as gunicorn's.</summary>
    public int MaxRequests { get; init; }

    /// <summary>Up to so many more for each worker, by chance, so that not all come to it together. Default 0, as gunicorn's.</summary>
    public int MaxRequestsJitter { get; init; }

    /// <summary>Resident memory, in bytes, above which a worker is replaced once it has finished what it has; null is no limit.</summary>
    public long? MaxWorkerMemory { get; init; }

    /// <summary>Resident memory, in bytes, above which a worker is killed; null is no limit.</summary>
    public long? MaxWorkerMemoryHard { get; init; }

    /// <summary>How old a worker may get, less up to a tenth by chance; null is no limit.</summary>
    public TimeSpan? MaxWorkerAge { get; init; }
}
