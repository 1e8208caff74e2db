namespace Hotplate.Settings;

/// <summary>How a new generation proves itself before it takes over, and how long it is watched afterwards.</summary>
internal sealed record ReloadSettings
{
    /// <summary>A path that each new worker must answer with 2xx or 3xx before it gets requests. Default none.</summary>
    public string? HealthPath { get; init; }

    /// <summary>Paths that each new worker is asked for before it gets requests; what they answer changes nothing. Default none.</summary>
    public IReadOnlyList<string> Warmup { get; init; } = [];

    /// <summary>How long after a reload the new generation may still be rolled back. Default 10 s; 0 is never.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a new generation may take to load, warm up and answer the health path. Default 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
