using Hotplate.Linux;

namespace Hotplate.Service;

/// <summary>Asks the event loops, by which requests are handled, for a sign of life, and tells when all of them have given it.</summary>
internal sealed class LoopWatch : IDisposable
{
    private readonly Action alive;
    private readonly Action answer;
    private readonly Timer timer;
    private int missing;

    /// <param name="interval">How often to ask.</param>
    /// <param name="alive">By the loop that answers last: must neither wait nor throw.</param>
    internal LoopWatch(TimeSpan interval, Action alive)
    {
        (this.alive, answer) = (alive, Answer);
        timer = new Timer(static watch => ((LoopWatch)watch!).Ask(), this, TimeSpan.Zero, interval);
    }

    public void Dispose() => timer.Dispose();

    private void Ask()
    {
        // Whoever has not answered yet was asked already.
        if (Interlocked.CompareExchange(ref missing, EventLoop.All.Count, 0) != 0)
        {
            return;
        }
        foreach (var loop in EventLoop.All)
        {
            loop.Post(answer);
        }
    }

    private void Answer()
    {
        if (Interlocked.Decrement(ref missing) == 0)
        {
            alive();
        }
    }
}
