using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>A small deterministic model of a front, its workers and their clients, in which both rules of batches are the real
/// ones.</summary>
/// <remarks>
/// Each worker runs one request at a time. The front hands requests over as soon as they may lie ready, and takes an answer when it comes.
/// Nothing costs time but handlers; what is counted is how often the front is woken, and how long clients wait. Times are microseconds.
/// </remarks>
internal sealed class BatchModel(int workers, int handler, bool batches)
{
    private readonly BatchRule rule = new(batches ? null : BatchRule.Least);
    private readonly Queue<double>[] ready = [.. Enumerable.Range(0, workers).Select(_ => new Queue<double>())];
    private readonly List<double>[] answers = [.. Enumerable.Range(0, workers).Select(_ => new List<double>())];
    private readonly double[] runsUntil = new double[workers];
    private readonly double[] runs = Enumerable.Repeat(double.NaN, workers).ToArray();
    private readonly int[] inFlight = new int[workers];
    private readonly Queue<double> waiting = new();
    private readonly PriorityQueue<double, double> arrivals = new();
    private readonly List<double> latencies = [];
    private uint seed = 20_261_129;
    private double now;
    private int sends;
    private double thinkTime = double.NaN;

    /// <summary>Requests answered for each time that a worker sent.</summary>
    internal double AnswersPerWakeUp => latencies.Count / (double)sends;

    internal double P50 => Quantile(0.5);

    internal double P99 => Quantile(0.99);

    /// <summary>So many clients, each of which asks again as soon as it is answered.</summary>
    internal BatchModel RunClosed(int clients, int requests)
    {
        thinkTime = 50;
        for (var i = 0; i < clients; i++)
        {
            arrivals.Enqueue(i, i);
        }
        return Run(requests);
    }

    /// <summary>Requests come at random, at a share of what the workers can do.</summary>
    internal BatchModel RunOpen(double load, int requests)
    {
        var gap = handler / (load * workers);
        for (double i = 0, at = 0; i < requests; i++)
        {
            at -= gap * Math.Log(1 - NextRandom());
            arrivals.Enqueue(at, at);
        }
        return Run(requests);
    }

    private BatchModel Run(int requests)
    {
        while (latencies.Count < requests)
        {
            var arrives = arrivals.Count > 0 ? arrivals.Peek() : double.PositiveInfinity;
            var worker = NextToEnd();
            var ends = worker < 0 ? double.PositiveInfinity : runsUntil[worker];
            now = Math.Min(arrives, ends);
            if (arrives <= ends)
            {
                waiting.Enqueue(arrivals.Dequeue());
                HandOver();
            }
            else
            {
                answers[worker].Add(runs[worker]);
                runs[worker] = double.NaN;
                var isFull = batches ? HalfBatch.IsFull(answers[worker].Count, ready[worker].Count) : answers[worker].Count * handler >= 300;
                if (ready[worker].Count == 0 || isFull)
                {
                    Send(worker);
                }
                Begin(worker);
            }
        }
        return this;
    }

    private void Send(int worker)
    {
        sends++;
        inFlight[worker] -= answers[worker].Count;
        foreach (var came in answers[worker])
        {
            latencies.Add(now - came);
            if (!double.IsNaN(thinkTime))
            {
                arrivals.Enqueue(now + thinkTime, now + thinkTime);
            }
        }
        answers[worker].Clear();
        HandOver();
    }

    /// <summary>As <c>ReadyWorkers</c> does: to a free worker, or to the one with the least at hand if one more fits.</summary>
    private void HandOver()
    {
        while (waiting.Count > 0)
        {
            var best = Array.IndexOf(inFlight, inFlight.Min());
            if (inFlight[best] > 0 && (inFlight[best] + 1) * handler > rule.ReadyWork)
            {
                return;
            }
            inFlight[best]++;
            ready[best].Enqueue(waiting.Dequeue());
            Begin(best);
        }
    }

    private void Begin(int worker)
    {
        if (double.IsNaN(runs[worker]) && ready[worker].TryDequeue(out var came))
        {
            rule.Waited((long)((now - came) * 1000));
            runs[worker] = came;
            runsUntil[worker] = now + handler;
        }
    }

    private int NextToEnd()
    {
        var next = -1;
        for (var i = 0; i < workers; i++)
        {
            if (!double.IsNaN(runs[i]) && (next < 0 || runsUntil[i] < runsUntil[next]))
            {
                next = i;
            }
        }
        return next;
    }

    private double Quantile(double part) => latencies.Order().ElementAt((int)(latencies.Count * part));

    private double NextRandom() => (seed = (seed * 1_664_525) + 1_013_904_223) / 4_294_967_296.0;
}
