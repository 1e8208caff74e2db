namespace Hotplate.Http;

/// <summary>Kestrel's own log, without what Hotplate did on purpose.</summary>
internal sealed class KestrelLog(ILogger inner) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not AnswerCutException)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
