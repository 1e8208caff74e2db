using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Checks;

/// <summary>Something that a Python of its own does and reports, while nothing is served: python/hotplate_worker/errand.py.</summary>
internal static unsafe class Errand
{
    private const int Killed = 9;

    /// <summary>Runs it in the application's folder with the application's environment. What it prints goes to our standard error.</summary>
    /// <returns>The report, or null when there was none; how it ended (waitpid(2)'s status), or null when it took longer than the limit and was killed.</returns>
    /// <exception cref="Win32Exception">The interpreter cannot be started.</exception>
    internal static (JsonElement? Report, int? Status) Run(AppSettings app, string boot, string instructions, TimeSpan limit)
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw new Win32Exception();
        }
        using var reading = new SafeFileHandle(ends[0], ownsHandle: true);
        int pid;
        try
        {
            pid = ChildProcess.Start([app.Python, "-u", boot, "errand", instructions], AppEnvironment.For(app), app.Directory, [2, 2, ends[1]]);
        }
        finally
        {
            _ = Libc.close(ends[1]);
        }
        // A process group of its own does not hear the terminal's Ctrl-C.
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Libc.kill(pid, Killed));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Libc.kill(pid, Killed));
        var report = Task.Run(() => ReadAll(reading));
        var ended = Task.Run(() => End(pid));
        var inTime = ended.Wait(limit);
        if (!inTime)
        {
            _ = Libc.kill(pid, Killed);
            ended.Wait();
        }
        // A process that the application left behind may hold the other end open; what we are told was written before.
        return (report.Wait(TimeSpan.FromSeconds(1)) && report.Result.Length > 0 ? JsonDocument.Parse(report.Result).RootElement : null, inTime ? ended.Result : null);
    }

    /// <summary>A process's end in words.</summary>
    internal static string Describe(int status) => ExitReason.FromStatus(status).ToString();

    private static int End(int pid)
    {
        int status;
        while (Libc.waitpid(pid, &status, 0) != pid)
        {
            if (Marshal.GetLastPInvokeError() != 4 /* EINTR */)
            {
                return 0;
            }
        }
        return status;
    }

    private static byte[] ReadAll(SafeFileHandle handle)
    {
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        using var text = new MemoryStream();
        try
        {
            stream.CopyTo(text);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return [];
        }
        return text.ToArray();
    }
}
