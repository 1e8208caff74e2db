namespace Hotplate.Http;

/// <summary>Heads of HTTP/2 requests that Kestrel has been shown and nobody has counted yet: no more than a few at a time, of all
/// connections
/// together.</summary>
/// <remarks>
/// Kestrel begins a request on the thread that reads and hands it to the pool, where it is counted (<see cref="ClientConnection"/>). Of a
/// field that it keeps (HPACK) eight bytes make a head of 32 KB, so that hundreds of megabytes were there before the first was counted. The
/// pool takes what came first, so that what was begun is under way when a look has been through its queue: that holds whatever becomes of
/// the
/// requests, and nobody can keep a turn. Safe to call from any thread.
/// </remarks>
/// <param name="most">How many.</param>
internal sealed class HeadTurns(int most) : IThreadPoolWorkItem
{
    // Through the queue once until Kestrel has read the head, once until its request has begun, and once more for a thread that was slow.
    private const int Rounds = 3;

    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> waiting = new();
    private int begun;
    private int seen;
    private int rounds;

    /// <summary>False: wait, see <see cref="WaitAsync"/>.</summary>
    internal bool TryBegin()
    {
        lock (gate)
        {
            if (begun >= most)
            {
                return false;
            }
            Begin();
            return true;
        }
    }

    /// <summary>Returns when it is its turn, which is taken then.</summary>
    internal Task WaitAsync()
    {
        lock (gate)
        {
            if (begun < most)
            {
                Begin();
                return Task.CompletedTask;
            }
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (gate)
        {
            if (--rounds > 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
            begun -= seen;
            while (begun < most && waiting.TryDequeue(out var turn))
            {
                begun++;
                turn.SetResult();
            }
            LookIfMany();
        }
    }

    private void Begin()
    {
        begun++;
        LookIfMany();
    }

    private void LookIfMany()
    {
        // While there are few nobody has to know.
        if (rounds == 0 && begun > most / 2)
        {
            (seen, rounds) = (begun, Rounds);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
