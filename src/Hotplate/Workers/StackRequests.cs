using System.Text;

namespace Hotplate.Workers;

/// <summary>The stacks that were asked of one worker and have not come whole.</summary>
internal sealed class StackRequests
{
    /// <summary>More text than this of one answer is dropped: the worker is not trusted.</summary>
    private const int MostText = 4 << 20;

    private readonly Dictionary<uint, (MemoryStream Text, TaskCompletionSource<string> Whole)> open = [];
    private uint last;
    private bool closed;

    /// <summary>What to ask with. The task gives the text; empty when the worker ends before it is whole.</summary>
    internal Task<string> Open(out uint number)
    {
        var whole = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (open)
        {
            number = ++last;
            if (closed)
            {
                whole.SetResult("");
            }
            else
            {
                open.Add(number, (new MemoryStream(), whole));
            }
        }
        return whole.Task;
    }

    /// <summary>A piece came.</summary>
    internal void Add(uint number, ReadOnlySpan<byte> piece, bool isLast)
    {
        lock (open)
        {
            if (!open.TryGetValue(number, out var asked))
            {
                return;
            }
            if (asked.Text.Length + piece.Length <= MostText)
            {
                asked.Text.Write(piece);
            }
            if (isLast)
            {
                open.Remove(number);
                asked.Whole.SetResult(Encoding.UTF8.GetString(asked.Text.GetBuffer(), 0, (int)asked.Text.Length));
            }
        }
    }

    /// <summary>The worker has ended.</summary>
    internal void Close()
    {
        lock (open)
        {
            closed = true;
            foreach (var (_, whole) in open.Values)
            {
                whole.TrySetResult("");
            }
            open.Clear();
        }
    }
}
