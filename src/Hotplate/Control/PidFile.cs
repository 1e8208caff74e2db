using System.Globalization;
using System.Text;

namespace Hotplate.Control;

/// <summary>A file that tells the server's process id for as long as it runs, as gunicorn's --pid.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string path;
    private readonly string content;

    private PidFile(string path, string content)
    {
        this.path = path;
        this.content = content;
    }

    /// <summary>Writes it, in place of one whose process is gone.</summary>
    /// <exception cref="ControlException">It belongs to a process that runs, or cannot be written.</exception>
    internal static PidFile Write(string path)
    {
        var line = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n";
        var unfinished = $"{path}.{Environment.ProcessId}";
        try
        {
            if (Read(path) is { } pid && pid != Environment.ProcessId && HasWritten(pid, File.GetLastWriteTimeUtc(path)))
            {
                throw new ControlException($"HP403  --pid {path}: process {pid} runs and has this file. Stop it, or choose another file.");
            }
            File.Delete(unfinished);
            using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Encoding.ASCII.GetBytes(line));
            }
            File.Move(unfinished, path, overwrite: true);
            return new PidFile(path, line);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ControlSocketFile.TryDelete(unfinished);
            throw new ControlException($"HP403  --pid {path}: the file cannot be written: {error.Message} Choose another one.", error);
        }
    }

    /// <summary>The process id in a file; null when there is no file, or none in it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    internal static int? Read(string path) =>
        File.Exists(path) && int.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0 ? pid : null;

    public void Dispose()
    {
        try
        {
            if (File.Exists(path) && File.ReadAllText(path) == content)
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It may be read no more; then it is no longer ours.
        }
    }

    /// <summary>False: the process is gone, or began after the file was written and has the number by chance.</summary>
    private static bool HasWritten(int pid, DateTime written)
    {
        // The kernel tells when it started in whole seconds since the epoch and hundredths since then.
        var margin = TimeSpan.FromSeconds(2);
        return ProcessTimes.StartOf(pid) is { } start && start <= written + margin;
    }
}
