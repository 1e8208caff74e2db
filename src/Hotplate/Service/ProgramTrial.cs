using System.ComponentModel;
using System.Text;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Service;

/// <summary>Whether a program runs here at all: it is asked for its version. What the loader says of a wrong one (glibc, processor) is nowhere else to be had.</summary>
internal static class ProgramTrial
{
    private const int LongestAnswer = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <returns>Its first line; or why it cannot be used.</returns>
    internal static async Task<(string? Version, string Why)> RunAsync(string program, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            var (pid, output) = Start(program, environment);
            using var limit = new CancellationTokenSource(Patience);
            // With what it has started itself, which has the pipe too: it may be a script.
            using var killed = limit.Token.Register(() => Libc.kill(-pid, 9));
            var text = await Task.Run(() => Read(output));
            var status = await Task.Run(() => EndOf(pid));
            if (status == 0 && text.Length > 0)
            {
                return (text.Split('\n')[0], "");
            }
            return (null, limit.IsCancellationRequested
                ? $"\"{program} --version\" did not end within {Patience.TotalSeconds} s, and was ended"
                : $"\"{program} --version\" ended with {ExitReason.FromStatus(status)}{(text.Length > 0 ? $" and said: {text}" : "")}");
        }
        catch (Win32Exception error)
        {
            return (null, $"{program} cannot be started: {error.Message}");
        }
    }

    /// <summary>Waits for a child. waitpid(2)'s status.</summary>
    internal static unsafe int EndOf(int pid)
    {
        int status;
        while (Libc.waitpid(pid, &status, 0) != pid)
        {
            if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Libc.EINTR)
            {
                return Reaper.StatusOf(pid) ?? 0;
            }
        }
        return status;
    }

    private static unsafe (int Pid, SafeFileHandle Output) Start(string program, IReadOnlyDictionary<string, string> environment)
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw new Win32Exception();
        }
        var output = new SafeFileHandle(ends[0], ownsHandle: true);
        try
        {
            return (ChildProcess.Start([program, "--version"], environment, OsText.CurrentDirectory(), [ends[1], ends[1]]), output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.close(ends[1]);
        }
    }

    private static string Read(SafeFileHandle handle)
    {
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        var bytes = new byte[LongestAnswer];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).Trim();
    }
}
