namespace Hotplate.Supervision;

/// <summary>The last lines a process wrote to stderr: enough for a traceback.</summary>
internal sealed class LastWords
{
    private const int Kept = 64;
    private readonly Queue<string> lines = new();

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

    public override string ToString()
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }
}
