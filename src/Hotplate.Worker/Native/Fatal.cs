using System.Text;

namespace Hotplate.Worker.Native;

/// <summary>Ends the process, without a word to Python: nothing of the application can be saved by going on.</summary>
internal static unsafe class Fatal
{
    /// <summary>The exit code of a worker that fails for a reason of ours (as gunicorn's).</summary>
    internal const int WorkerFailed = 3;

    /// <summary>Says why on stderr and ends the process.</summary>
    internal static void Exit(string why)
    {
        var text = Encoding.UTF8.GetBytes($"HP210  worker {Libc.getpid()}: {why}\n");
        fixed (byte* bytes = text)
        {
            _ = Libc.write(2, bytes, text.Length);
        }
        Libc._exit(WorkerFailed);
    }
}
