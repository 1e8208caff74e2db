using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>The server's own log: gunicorn's form, one line an event, to one writer.</summary>
/// <remarks>Its own factory rather than the class library's, which builds options, filters and scopes that nothing here uses.</remarks>
internal sealed class LogOutput(LineWriter lines, LogLevel level, TimeProvider time) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Log(this, FloorOf(categoryName));

    /// <summary>Refused: there is one output.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Hotplate's log has one output.");

    /// <summary>Writes what waits. The writer stays open: its owner closes it.</summary>
    public void Dispose() => lines.Flush();

    // Kestrel tells at Information what we tell ourselves, and at Debug every connection.
    private LogLevel FloorOf(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal) && level > LogLevel.Debug && level < LogLevel.Warning ? LogLevel.Warning : level;

    private void Write(LogLevel severity, string text, Exception? exception)
    {
        lines.TryWrite(LogLine.Format(time.GetLocalNow(), Environment.ProcessId, severity, text, exception));
    }

    private sealed class Log(LogOutput output, LogLevel floor) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= floor && logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                output.Write(logLevel, formatter(state, exception), exception);
            }
        }
    }
}
