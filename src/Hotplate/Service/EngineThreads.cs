namespace Hotplate.Service;

/// <summary>The threads of .NET's socket engine, on which requests are handled from their first byte.</summary>
internal static class EngineThreads
{
    /// <summary>Few, so that they are busy: 23 → 15 µs a request.</summary>
    internal static int Count { get; } = Math.Max(1, Environment.ProcessorCount / 4);
}
