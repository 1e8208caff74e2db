using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Hotplate.Tests.Workers;

/// <summary>A log that keeps its lines.</summary>
internal sealed class KeptLog : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> lines = new();

    internal IReadOnlyList<(LogLevel Level, string Text, Exception? Exception)> Lines => [.. lines];

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue((logLevel, formatter(state, exception), exception));
}
