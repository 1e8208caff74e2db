namespace Hotplate.Observability;

/// <summary>The files that the server writes its logs to, each with one writer, whatever is written there.</summary>
/// <remarks>Opened while the server starts, by one thread; <see cref="Reopen"/> is safe to call from any.</remarks>
internal sealed class LogFiles : IDisposable
{
    private readonly Dictionary<string, LineWriter> all = new(StringComparer.Ordinal);
    private (long Size, int Keep)? limit;

    /// <summary>Told of a file that has grown enough and cannot be moved away, once. Null: nobody is.</summary>
    internal Action<string>? NotRotated { get; set; }

    /// <summary>Files that are opened from now on are moved away when they have grown to so many bytes.</summary>
    /// <param name="size">Null: they are not.</param>
    /// <param name="keep">How many are kept beside each.</param>
    internal void Limit(long? size, int keep) => limit = size is { } most ? (most, keep) : null;

    /// <summary>The writer of a file, which is made when it is not there.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal LineWriter Open(string path)
    {
        if (!all.TryGetValue(path, out var writer))
        {
            var rotation = limit is { } set ? new LogRotation(path, set.Size, set.Keep, why => NotRotated?.Invoke(why)) : null;
            all.Add(path, writer = LineWriter.ToFile(path, rotation));
        }
        return writer;
    }

    /// <summary>Opens each anew, after a log rotation moved it away. One that cannot be opened stays in use as it is, and is told.</summary>
    internal void Reopen(Action<string> failed)
    {
        foreach (var (path, writer) in all)
        {
            try
            {
                writer.Reopen();
            }
            catch (IOException error)
            {
                failed($"{path}: {error.Message}");
            }
        }
    }

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        foreach (var writer in all.Values)
        {
            writer.Dispose();
        }
    }
}
