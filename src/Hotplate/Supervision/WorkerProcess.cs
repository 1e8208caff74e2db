using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>One worker as the control plane sees it: a process with an end, and its last words.</summary>
internal sealed class WorkerProcess(Worker worker)
{
    private const int LastWordsKept = 8;
    private readonly Queue<string> lastWords = new();

    internal Worker Worker { get; } = worker;

    internal int Id => Worker.Id;

    /// <summary>It said that it serves, at least once.</summary>
    internal bool WasReady { get; set; }

    /// <summary>It was asked to go, so its end is no news.</summary>
    internal bool Expected { get; set; }

    internal ExitReason? Exit { get; set; }

    internal void Remember(string line)
    {
        lock (lastWords)
        {
            if (lastWords.Count == LastWordsKept)
            {
                lastWords.Dequeue();
            }
            lastWords.Enqueue(line);
        }
    }

    /// <summary>The last lines it wrote to stderr.</summary>
    internal string LastWords()
    {
        lock (lastWords)
        {
            return string.Join('\n', lastWords);
        }
    }
}
