using System.Text;
using Hotplate.Observability;

namespace Hotplate.Supervision;

/// <summary>One stream of one process: its bytes become what the application said, or go on as they are, in whole lines as far as memory allows.</summary>
internal sealed class OutputPipe
{
    private const int LongestRawLine = 1024 * 1024;
    private static readonly TimeSpan LongestNamelessness = TimeSpan.FromSeconds(2);
    private readonly Func<int> pid;
    private readonly LastWords? words;
    private readonly LineWriter? raw;
    private readonly AppTextReader reader;
    private readonly MemoryStream line = new();
    private readonly long openedAt = Environment.TickCount64;
    private bool isKnown;

    internal OutputPipe(int fd, Func<int> pid, Action<AppWords> write, LastWords? words, LineWriter? raw)
    {
        (Fd, this.pid, this.words, this.raw) = (fd, pid, words, raw);
        reader = new AppTextReader(said => write(said with { Pid = pid() }), words is null ? null : words.Add);
    }

    internal int Fd { get; }

    /// <summary>Whose it is is known, or will not be any more. What a process prints first may be here before its number is.</summary>
    internal bool IsKnown => isKnown |= pid() != 0 || Environment.TickCount64 - openedAt > LongestNamelessness.TotalMilliseconds;

    internal bool IsHolding => reader.IsHolding;

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        if (raw is null)
        {
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

    /// <summary>Nothing has come for a moment.</summary>
    internal void Settle() => reader.Settle();

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
