namespace Hotplate.Supervision;

/// <summary>The last lines a process wrote to stderr: enough for a traceback.</summary>
internal sealed class LastWords
{
    private const int Kept = 64;
    private readonly Queue<string> lines = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Add(string line)
    {
        lock (lines)
        {
            if (lines.Count == Kept)
            {
                lines.Dequeue();
            }
            lines.Enqueue(line);
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

    public override string ToString()
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }
}
