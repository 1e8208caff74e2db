using Hotplate.Observability;

namespace Hotplate.Supervision;

/// <summary>What the workers of one generation say of why they cannot start: who says the same as another before is only counted.</summary>
/// <remarks>
/// A message of ours (HP2…, perhaps with the application's traceback) is a process's last, so it is held until that process has ended or serves after
/// all. Everything else that applications print while they are imported passes at once. Safe to call from any thread.
/// </remarks>
internal sealed class BootMessages(Action<AppWords> write)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, List<AppWords>> held = [];
    private readonly HashSet<string> told = new(StringComparer.Ordinal);

    /// <summary>What a worker wrote to stderr before it served.</summary>
    internal void Write(int worker, AppWords words)
    {
        lock (gate)
        {
            if (held.TryGetValue(worker, out var lines))
            {
                lines.Add(words);
            }
            else if (IsOurs(words.Text))
            {
                held.Add(worker, [words]);
            }
            else
            {
                write(words);
            }
        }
    }

    /// <summary>The worker serves. Whoever fails after this is news again.</summary>
    internal void Serves(int worker)
    {
        Release(worker);
        lock (gate)
        {
            told.Clear();
        }
    }

    /// <summary>The worker has ended and is read to its end.</summary>
    internal void Release(int worker)
    {
        lock (gate)
        {
            if (held.Remove(worker, out var lines) && told.Add(string.Join('\n', lines.Select(static words => words.Text))))
            {
                lines.ForEach(write);
            }
        }
    }

    private static bool IsOurs(ReadOnlySpan<char> line) =>
        line.StartsWith("HP2", StringComparison.Ordinal) && line.Length > 7 && char.IsAsciiDigit(line[3]) && char.IsAsciiDigit(line[4]) && line[5..7] is "  ";
}
