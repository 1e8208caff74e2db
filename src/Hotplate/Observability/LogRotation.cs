namespace Hotplate.Observability;

/// <summary>When a log file has grown enough, and what becomes of it then: FILE is FILE.1, what was that is FILE.2, and so on.</summary>
/// <remarks>For the one thread that writes the file.</remarks>
/// <param name="most">Bytes after which it is moved away.</param>
/// <param name="keep">How many are kept beside it, 1 or more.</param>
/// <param name="failed">Told once that it cannot be moved, and why.</param>
internal sealed class LogRotation(string path, long most, int keep, Action<string> failed)
{
    private long length = LengthOf(path);
    private bool hasFailed;

    /// <summary>So many bytes more were written. True: open the file anew.</summary>
    internal bool Wrote(int bytes)
    {
        length += bytes;
        if (length < most)
        {
            return false;
        }
        length = LengthOf(path);
        if (length < most)
        {
            // Another one moved it away, or cut it off.
            return true;
        }
        length = 0;
        try
        {
            MoveAway();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!hasFailed)
            {
                failed($"{path}: {error.Message}");
            }
            hasFailed = true;
            return false;
        }
    }

    private void MoveAway()
    {
        var mode = File.GetUnixFileMode(path);
        for (var number = keep - 1; number > 0; number--)
        {
            if (File.Exists($"{path}.{number}"))
            {
                File.Move($"{path}.{number}", $"{path}.{number + 1}", overwrite: true);
            }
        }
        File.Move(path, path + ".1", overwrite: true);
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
        // Who might read the old one may read the new one, whatever the umask is.
        File.SetUnixFileMode(path, mode);
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
