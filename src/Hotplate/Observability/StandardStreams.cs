namespace Hotplate.Observability;

/// <summary>This process's standard output and error, each with one writer, so that lines of the log, of the access log and of the application never mix.</summary>
internal sealed class StandardStreams : IDisposable
{
    public LineWriter Output { get; } = LineWriter.ToStandardOutput();

    public LineWriter Error { get; } = LineWriter.ToStandardError();

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }
}
