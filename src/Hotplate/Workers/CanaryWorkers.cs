namespace Hotplate.Workers;

/// <summary>Workers that get a share of the requests beside those that serve, and how both answer from then on.</summary>
/// <remarks>Which request is theirs is decided one ahead and by chance, and not again while the request waits: so where many wait they get
/// no more than their share, and no pattern in what clients ask for goes to them alone.</remarks>
/// <param name="workers">All of them. None joins them later.</param>
/// <param name="share">Of the requests, from 0 to 1.</param>
internal sealed class CanaryWorkers(IReadOnlyList<Worker> workers, double share, BatchRule batches, TimeProvider time)
{
    private readonly Worker[] all = [.. workers];
    private readonly uint limit = (uint)(share * uint.MaxValue);
    private readonly AnswerFigures tried = new();
    private readonly AnswerFigures others = new();
    private ulong chance = (ulong)time.GetTimestamp() | 1;

    /// <summary>Those that may get requests. Guarded by the pool's gate.</summary>
    internal ReadyWorkers Ready { get; } = new(batches);

    /// <summary>The next request is for one of them, if there is room. Guarded by the pool's gate.</summary>
    internal bool IsNext { get; private set; }

    /// <summary>Requests that were sent before are not compared.</summary>
    internal long Since { get; } = time.GetTimestamp();

    /// <summary>How they have answered.</summary>
    internal AnswerView Read(IReadOnlyCollection<long> unanswered) => tried.Read(unanswered);

    /// <summary>How those that serve have.</summary>
    internal AnswerView ReadOthers(IReadOnlyCollection<long> unanswered) => others.Read(unanswered);

    /// <summary>Under the pool's gate. A request was sent: whose is the next?</summary>
    internal void Next()
    {
        // George Marsaglia's xorshift64, whose upper half is as good as any for this.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        IsNext = (uint)(chance >> 32) < limit;
    }

    /// <summary>A worker gave the head of an answer.</summary>
    internal void Answered(Worker by, Exchange exchange, bool isServerError)
    {
        if (exchange.SentAt >= Since)
        {
            FiguresOf(by).Answered(Elapsed(exchange), isServerError);
        }
    }

    /// <summary>A worker gives no answer, or not to its end.</summary>
    internal void Failed(Worker by, Exchange exchange)
    {
        if (exchange.SentAt < Since)
        {
            return;
        }
        if (exchange.IsAnswering)
        {
            FiguresOf(by).Broke();
        }
        else
        {
            FiguresOf(by).Answered(Elapsed(exchange), isServerError: true);
        }
    }

    private AnswerFigures FiguresOf(Worker worker) => Array.IndexOf(all, worker) >= 0 ? tried : others;

    private long Elapsed(Exchange exchange) => (time.GetTimestamp() - exchange.SentAt) / 1000;
}
