using System.Text;
using Hotplate.Observability;

namespace Hotplate.Supervision;

/// <summary>One stream of one process: its bytes become what the application said, or go on as they are, in whole lines as far as memory allows.</summary>
internal sealed class OutputPipe
{
    private const int LongestRawLine = 1024 * 1024;
    private const int LongestNamelessness = 2000; // milliseconds, as all here
    private const int LongestNamelessnessOfTheDead = 400; // less than last words are waited for: LastWords
    private const int LongestPause = 2000;
    private const int PauseBetweenTracebacks = 50;
    private readonly Func<int> pid;
    private readonly LastWords? words;
    private readonly LineWriter? raw;
    private readonly AppTextReader reader;
    private readonly MemoryStream line = new();
    private readonly long openedAt = Environment.TickCount64;
    private long heardAt;
    private long endedAt = long.MaxValue;
    private bool isKnown;

    internal OutputPipe(int fd, Func<int> pid, Action<AppWords> write, LastWords? words, LineWriter? raw)
    {
        (Fd, this.pid, this.words, this.raw) = (fd, pid, words, raw);
        reader = new AppTextReader(said => write(said with { Pid = pid() }), words is null ? null : words.Add);
    }

    internal int Fd { get; }

    /// <summary>Whose it is is known, or will not be any more. What a process prints first may be here before its number is.</summary>
    internal bool IsKnown => isKnown |= pid() != 0 || Environment.TickCount64 - openedAt > LongestNamelessness
        || (HasEnded && Environment.TickCount64 - endedAt > LongestNamelessnessOfTheDead);

    /// <summary>Nobody writes any more. What was written may lie there unread.</summary>
    internal bool HasEnded => endedAt != long.MaxValue;

    /// <summary>How long to wait for more of what is held at most; -1: nothing is held.</summary>
    internal int Patience => !reader.IsHolding ? -1
        : (int)Math.Max(0, heardAt + (reader.IsWithinTraceback ? LongestPause : PauseBetweenTracebacks) - Environment.TickCount64);

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        if (raw is null)
        {
            heardAt = Environment.TickCount64;
            reader.Add(bytes);
            return;
        }
        var end = bytes.LastIndexOf((byte)'\n') + 1;
        if (end == 0 && line.Length + bytes.Length < LongestRawLine)
        {
            line.Write(bytes);
            return;
        }
        end = end == 0 ? bytes.Length : end;
        line.Write(bytes[..end]);
        PassOn();
        line.Write(bytes[end..]);
    }

    internal void NoteEnd() => endedAt = Environment.TickCount64;

    /// <summary>Gives away what is held when nothing has come for long enough.</summary>
    internal void SettleIfQuiet()
    {
        if (Patience == 0)
        {
            reader.Settle();
        }
    }

    internal void End()
    {
        reader.End();
        PassOn();
        words?.End();
    }

    private void PassOn()
    {
        if (line.Length == 0)
        {
            return;
        }
        var whole = line.GetBuffer().AsSpan(0, (int)line.Length);
        raw!.WriteBytes(whole);
        foreach (var text in words is null ? [] : Encoding.UTF8.GetString(whole).TrimEnd('\n').Split('\n'))
        {
            words!.Add(text);
        }
        line.SetLength(0);
    }
}
