using System.Globalization;
using System.Text;
using Hotplate.Linux;
using Hotplate.Observability;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Control;

/// <summary>A file that tells the server's process id for as long as it runs, as gunicorn's --pid.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string path;
    private readonly string content;

    // Kept open, so that no other file gets its number on the disk.
    private readonly SafeFileHandle file;
    private readonly FileIdentity? identity;

    private PidFile(string path, string content, SafeFileHandle file)
    {
        this.path = path;
        this.content = content;
        this.file = file;
        identity = FileIdentity.Of(path);
    }

    /// <summary>The open file.</summary>
    internal SafeFileHandle Handle => file;

    /// <summary>There is another file at its path, or none.</summary>
    internal bool IsLost => identity is { } ours && FileIdentity.Of(path)?.IsSameFileAs(ours) != true;

    /// <summary>Writes it, in place of one whose process is gone, unless this process has done so as root before it became somebody else.</summary>
    /// <param name="follows">A process that runs and gives it up to this one.</param>
    /// <exception cref="ControlException">It belongs to a process that runs, or cannot be written.</exception>
    internal static PidFile Write(string path, int? follows = null)
    {
        var line = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n";
        var unfinished = $"{path}.{Environment.ProcessId}";
        if (HandedDescriptors.Take(HandedDescriptors.OfPid(path)) is var handed and >= 0)
        {
            return new PidFile(path, line, new SafeFileHandle(handed, ownsHandle: true));
        }
        SafeFileHandle? handle = null;
        try
        {
            if (OwnerOf(path) is { } pid && pid != follows)
            {
                throw new ControlException($"HP403  --pid {path}: process {pid} runs and has this file. Stop it, or choose another file.");
            }
            File.Delete(unfinished);
            handle = File.OpenHandle(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(line), 0);
            File.Move(unfinished, path, overwrite: true);
            return new PidFile(path, line, handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            ControlSocketFile.TryDelete(unfinished);
            throw new ControlException($"HP403  --pid {path}: the file cannot be written: {error.Message} Choose another one.", error);
        }
    }

    /// <summary>The other process that runs and has that file; null when there is none, or it cannot be read.</summary>
    internal static int? OwnerOf(string path)
    {
        try
        {
            return Read(path) is { } pid && pid != Environment.ProcessId && HasWritten(pid, File.GetLastWriteTimeUtc(path)) ? pid : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
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
            // Another server may have taken the path, and in another container it may even have our number.
            if (identity is { } ours && FileIdentity.Of(path) is { } there && there.IsSameFileAs(ours) && File.ReadAllText(path) == content)
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It may be read no more, and is no longer ours; or it lies in a folder of root's, and can only be emptied.
            Empty();
        }
        file.Dispose();
    }

    private void Empty()
    {
        try
        {
            RandomAccess.SetLength(file, 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Whoever starts next sees that the process is gone.
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
