using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>Makes of bytes that an application writes what it said: lines, tracebacks as one, records of Python's logging with what is known of them.</summary>
/// <remarks>
/// Not safe for several threads. A record is <c>RS "HP " level " " time " " request " " logger LF text RS "." LF</c> (python/hotplate_worker/records.py),
/// RS being 0x1e; whatever does not look like that is text. A traceback may come piece by piece, so one that has no end yet is held until
/// <see cref="Settle"/>.
/// </remarks>
/// <param name="emit">Takes each; its pid is 0.</param>
/// <param name="line">Takes every line besides; null: nobody wants them.</param>
internal sealed class AppTextReader(Action<AppWords> emit, Action<string>? line = null)
{
    private const int LongestLine = 64 * 1024;
    private const int LongestRecord = 1024 * 1024;
    private const int LongestHead = 1024;
    private static ReadOnlySpan<byte> Begin => "\x1eHP "u8;
    private static ReadOnlySpan<byte> Finish => "\x1e.\n"u8;

    private readonly StringBuilder group = new();
    private byte[] buffer = new byte[1024];
    private int length;
    private bool hasGroup;
    private Traceback traceback;
    private AppWords? record;

    private enum Traceback
    {
        None,
        Within,
        AtItsEnd,
    }

    /// <summary>Reads a text that is all there.</summary>
    /// <param name="about">What is known of it unless it says more itself; its text is all of it, one thing if it has no records in it.</param>
    internal static void ReadWhole(AppWords about, Action<AppWords> emit)
    {
        if (!about.Text.Contains('\x1e', StringComparison.Ordinal))
        {
            emit(about with { Text = about.Text.TrimEnd('\n') });
            return;
        }
        var reader = new AppTextReader(words => emit(about with { Text = words.Text, Level = words.Level ?? about.Level, Logger = words.Logger, At = words.At }));
        reader.Add(Encoding.UTF8.GetBytes(about.Text));
        reader.End();
    }

    /// <summary>Something waits for more that belongs to it.</summary>
    internal bool IsHolding => hasGroup;

    /// <summary>What belongs to it is sure to come.</summary>
    internal bool IsWithinTraceback => hasGroup && traceback == Traceback.Within;

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length - length < bytes.Length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + bytes.Length));
        }
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
        var used = 0;
        while (Step(buffer.AsSpan(used, length - used)) is var n and > 0)
        {
            used += n;
        }
        length -= used;
        buffer.AsSpan(used, length).CopyTo(buffer);
        if (traceback == Traceback.None)
        {
            Settle();
        }
    }

    /// <summary>Nothing has come for a while: what waited is whole.</summary>
    internal void Settle()
    {
        if (hasGroup)
        {
            hasGroup = false;
            emit(new AppWords(0, group.ToString()));
            group.Clear();
        }
        traceback = Traceback.None;
    }

    /// <summary>Nothing will come.</summary>
    internal void End()
    {
        var rest = buffer.AsSpan(0, length);
        length = 0;
        if (record is not null)
        {
            Record(rest);
        }
        else if (!rest.IsEmpty)
        {
            Line(rest);
        }
        Settle();
    }

    /// <summary>Takes one thing off the front of the bytes. Returns how many bytes it had; 0: it is not all there.</summary>
    private int Step(ReadOnlySpan<byte> rest)
    {
        if (record is not null)
        {
            var finish = rest.IndexOf(Finish);
            if (finish < 0 && rest.Length < LongestRecord)
            {
                return 0;
            }
            Record(finish < 0 ? rest : rest[..finish]);
            return finish < 0 ? rest.Length : finish + Finish.Length;
        }
        var end = rest.IndexOf((byte)'\n');
        var mark = rest.IndexOf(Begin);
        if (mark > 0 && (end < 0 || mark < end))
        {
            // The rest of a line that was never ended.
            Line(rest[..mark]);
            return mark;
        }
        if (end < 0)
        {
            if (rest.Length <= (mark == 0 ? LongestHead : LongestLine))
            {
                return 0;
            }
            Line(rest);
            return rest.Length;
        }
        if (mark == 0 && TryHead(rest[Begin.Length..end], out var head))
        {
            Settle();
            record = head;
        }
        else
        {
            Line(rest[..end]);
        }
        return end + 1;
    }

    private void Record(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).TrimEnd('\n');
        foreach (var one in line is null ? [] : text.Split('\n'))
        {
            line!(one);
        }
        emit(record!.Value with { Text = text });
        record = null;
    }

    private void Line(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        line?.Invoke(text);
        if (hasGroup && Continues(text))
        {
            group.Append('\n').Append(text);
            return;
        }
        Settle();
        hasGroup = true;
        group.Append(text);
        traceback = IsTraceback(text) ? Traceback.Within : Traceback.None;
    }

    private bool Continues(string text)
    {
        if (IsTraceback(text))
        {
            traceback = Traceback.Within;
            return true;
        }
        if (text.StartsWith(' ') || text.StartsWith('\t'))
        {
            return true;
        }
        switch (traceback)
        {
            case Traceback.Within:
                traceback = Traceback.AtItsEnd;
                return true;
            case Traceback.AtItsEnd:
                // Python's words between the tracebacks of exceptions that caused one another.
                return text.Length == 0 || text.StartsWith("During handling of the above exception", StringComparison.Ordinal)
                    || text.StartsWith("The above exception was the direct cause", StringComparison.Ordinal);
            default:
                return false;
        }
    }

    private static bool IsTraceback(string text) => text.StartsWith("Traceback (most recent call last):", StringComparison.Ordinal);

    private static bool TryHead(ReadOnlySpan<byte> head, out AppWords words)
    {
        words = default;
        if (!Utf8Parser.TryParse(head, out int level, out var digits) || digits == head.Length)
        {
            return false;
        }
        var parts = Encoding.UTF8.GetString(head[(digits + 1)..]).Split(' ', 3);
        if (parts.Length < 3 || !double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds > 1e11)
        {
            return false;
        }
        words = new AppWords(0, "")
        {
            // Python's numbers; those of an application's own lie between.
            Level = level switch { < 20 => LogLevel.Debug, < 30 => LogLevel.Information, < 40 => LogLevel.Warning, < 50 => LogLevel.Error, _ => LogLevel.Critical },
            At = DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)),
            RequestId = parts[1] == "-" ? null : parts[1],
            Logger = parts[2],
        };
        return true;
    }
}
