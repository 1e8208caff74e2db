using System.ComponentModel;
using Hotplate.Linux;
using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>The first zygote, begun before the server is put together: Python's own start takes as long as that, on another processor.</summary>
/// <remarks>It waits for its configuration. Nobody's any more (<see cref="Dispose"/>), it is killed: no code of the application has run.
/// Safe to call from any thread.</remarks>
internal sealed unsafe class EarlyPython : IDisposable
{
    private readonly int[] ends;
    private readonly int pid;
    private readonly int socket;
    private int taken;

    private EarlyPython(int pid, int socket, int[] ends) => (this.pid, this.socket, this.ends) = (pid, socket, ends);

    /// <summary>Null: it cannot be started now. Why is told when the first generation tries it again.</summary>
    internal static EarlyPython? TryStart(AppSettings app)
    {
        int[] reads = [-1, -1], writes = [-1, -1];
        var pipe = stackalloc int[2];
        try
        {
            for (var i = 0; i < reads.Length; i++)
            {
                if (Libc.pipe2(pipe, Libc.O_CLOEXEC) != 0)
                {
                    throw new Win32Exception();
                }
                (reads[i], writes[i]) = (pipe[0], pipe[1]);
            }
            var (pid, socket) = Zygote.Spawn(app, WorkerFiles.Find().Boot, writes[0], writes[1]);
            return new EarlyPython(pid, socket, reads);
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            Close(reads);
            return null;
        }
        finally
        {
            Close(writes);
        }
    }

    /// <summary>Once: the zygote, and the ends at which its standard output and error are read.</summary>
    internal (Zygote Zygote, int Output, int Error)? Take()
    {
        return Interlocked.Exchange(ref taken, 1) == 1 ? null : (new Zygote(pid, socket), ends[0], ends[1]);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref taken, 1) == 1)
        {
            return;
        }
        _ = Libc.close(socket);
        Close(ends);
        int status;
        _ = Libc.kill(pid, 9);
        _ = Libc.waitpid(pid, &status, 0);
    }

    private static void Close(int[] descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            if (descriptor >= 0)
            {
                _ = Libc.close(descriptor);
            }
        }
    }
}
