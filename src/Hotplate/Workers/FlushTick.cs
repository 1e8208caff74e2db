using Hotplate.Linux;

namespace Hotplate.Workers;

/// <summary>Sends what was written to workers during a burst once the event loop has been through all that has happened.</summary>
/// <remarks>It saves a system call, and a wake-up of a worker, for each request but the first: measured in
/// docs/decisions/0003-batches.md.</remarks>
internal sealed class FlushTick
{
    private readonly Lock gate = new();
    private readonly List<Worker> waiting = [];
    private readonly List<Worker> flushing = [];
    private readonly Action flush;
    private bool posted;

    internal FlushTick() => flush = Flush;

    /// <summary>Has the worker's frames sent before long. From any thread.</summary>
    internal void Post(Worker worker)
    {
        lock (gate)
        {
            if (!waiting.Contains(worker))
            {
                waiting.Add(worker);
            }
            if (posted)
            {
                return;
            }
            posted = true;
        }
        if (EventLoop.Current is { } loop)
        {
            loop.PostBehindRound(flush);
        }
        else
        {
            EventLoop.Next().Post(flush);
        }
    }

    private void Flush()
    {
        lock (gate)
        {
            posted = false;
            flushing.AddRange(waiting);
            waiting.Clear();
            // Sending does not wait, and takes no lock but the channel's own.
            foreach (var worker in flushing)
            {
                worker.Flush();
            }
            flushing.Clear();
        }
    }
}
