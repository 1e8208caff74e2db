using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>The server's own log, one line an event, to one writer; and what applications log.</summary>
/// <remarks>Its own factory rather than the class library's, which builds options, filters and scopes that nothing here uses.</remarks>
internal sealed class LogOutput(LineWriter lines, LogLevel level, TimeProvider time, LogForm? form = null) : ILoggerFactory
{
    private readonly LogForm form = form ?? LogForm.Text;
    private readonly Lock gate = new();
    private (int Pid, string? RequestId) last;
    private bool inTraceback;

    /// <summary>There are several applications: what is said of one names it.</summary>
    internal bool NamesApps { get; set; }

    public ILogger CreateLogger(string categoryName) => new Log(this, FloorOf(categoryName));

    /// <summary>Refused: there is one output.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Hotplate's log has one output.");

    /// <summary>Writes what waits. The writer stays open: its owner closes it.</summary>
    public void Dispose() => lines.Flush();

    // Kestrel tells at Information what we tell ourselves, and at Debug every connection.
    private LogLevel FloorOf(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal) && level > LogLevel.Debug && level < LogLevel.Warning ? LogLevel.Warning : level;

    /// <summary>Writes what an application logged, whatever the level that is asked for: that is the server's.</summary>
    internal void Said(AppWords words)
    {
        lock (gate)
        {
            // A traceback may come line by line. Its lines go together as long as nothing comes between them.
            var indented = words.Text is [' ' or '\t', ..];
            var continues = words.Logger is null && last == (words.Pid, words.RequestId) && (indented || inTraceback);
            inTraceback = continues ? inTraceback && indented : words.Text == "Traceback (most recent call last):";
            last = (words.Pid, words.RequestId);
            lines.TryWrite(form.Logged(time.GetLocalNow(), words, continues));
        }
    }

    private void Write(LogLevel severity, int id, string text, Exception? exception, string? app)
    {
        lock (gate)
        {
            last = default;
            lines.TryWrite(form.Server(time.GetLocalNow(), severity, id, text, exception, app));
        }
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
                output.Write(logLevel, eventId.Id, formatter(state, exception), exception, output.NamesApps ? AppOf(state) : null);
            }
        }

        /// <summary>What stands in the place {App} of the message; null: it has none.</summary>
        private static string? AppOf<TState>(TState state)
        {
            foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
            {
                if (name == "App")
                {
                    return value as string;
                }
            }
            return null;
        }
    }
}
