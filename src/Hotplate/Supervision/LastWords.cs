using System.Globalization;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>The last lines a process wrote to stderr: enough for a traceback. Of a crash, what faulthandler said of the thread that crashed.</summary>
internal sealed class LastWords
{
    private const int Kept = 64;
    private const string CurrentThread = "Current thread 0x";
    private readonly Queue<string> lines = new();
    private readonly List<string> crash = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool inCrash;

    /// <summary>Python's identifier of the thread that crashed; 0: none did, or it was none of Python's.</summary>
    internal ulong CrashedThread { get; private set; }

    internal void Add(string line)
    {
        lock (lines)
        {
            if (lines.Count == Kept)
            {
                lines.Dequeue();
            }
            lines.Enqueue(line);
            NoteCrash(line);
        }
    }

    /// <summary>No more will come.</summary>
    internal void End() => ended.TrySetResult();

    /// <summary>All of them, once the process that has ended is read to its end. A process that it left behind may hold the pipe open: not for long.</summary>
    internal async Task<string> CompleteAsync()
    {
        await Task.WhenAny(ended.Task, Task.Delay(TimeSpan.FromMilliseconds(500)));
        return ToString();
    }

    /// <summary>The stack of the thread that crashed, or else the last few lines.</summary>
    internal string Essence()
    {
        lock (lines)
        {
            return string.Join('\n', crash.Count > 0 ? LogBlock.WithoutLoop(crash) : lines.TakeLast(10));
        }
    }

    public override string ToString()
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }

    /// <summary>faulthandler: "Fatal Python error: Segmentation fault", then of one thread after the other "Current thread 0x… (most recent call first):" or
    /// "Thread 0x…", its places, an empty line.</summary>
    private void NoteCrash(string line)
    {
        if (line.StartsWith("Fatal Python error: ", StringComparison.Ordinal))
        {
            crash.Clear();
            crash.Add(line);
        }
        else if (crash.Count > 0 && line.StartsWith(CurrentThread, StringComparison.Ordinal))
        {
            var digits = line.AsSpan(CurrentThread.Length);
            var end = digits.IndexOf(' ');
            var thread = 0UL;
            inCrash = end > 0 && ulong.TryParse(digits[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out thread);
            CrashedThread = thread;
        }
        else if (inCrash && line.StartsWith("  ", StringComparison.Ordinal) && crash.Count < Kept)
        {
            crash.Add(line);
        }
        else
        {
            inCrash = false;
        }
    }
}
