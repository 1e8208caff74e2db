namespace Hotplate.Observability;

/// <summary>This process's standard output and error, each with one writer, so that lines of the log, of the access log and of the application never mix.</summary>
internal sealed class StandardStreams : IDisposable
{
    internal StandardStreams(bool json)
    {
        var journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM");
        OutputForm = new LogForm(json, JournalStream.Is(1, journal));
        ErrorForm = new LogForm(json, JournalStream.Is(2, journal));
        Output = new LineWriter(Console.OpenStandardOutput) { DropNotice = OutputForm.Dropped };
        Error = new LineWriter(Console.OpenStandardError) { DropNotice = ErrorForm.Dropped };
    }

    internal LogForm OutputForm { get; }

    internal LogForm ErrorForm { get; }

    public LineWriter Output { get; }

    public LineWriter Error { get; }

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }
}
