using System.Text;
using Hotplate.Linux;

namespace Hotplate.Cli;

/// <summary>The whole terminal for as long as it is looked at: lines are drawn over those before, keys come as they are pressed.</summary>
/// <remarks>
/// By hand, since it is a dozen sequences that every terminal knows (ECMA-48, xterm's second screen): a library for it would be larger
/// than all that is drawn. <see cref="Dispose"/> gives the terminal back as it was.
/// </remarks>
internal sealed unsafe class Screen : IDisposable
{
    internal const char Up = '↑', Down = '↓', Left = '←', Right = '→', Escape = '\x1b', Interrupt = '\x03';
    private const string Enter = "\x1b[?1049h\x1b[?25l", Leave = "\x1b[?25h\x1b[?1049l";

    // asm-generic/ioctls.h and termbits.h, which x86-64 and arm64 share: struct termios is four words, a byte, and 19 control characters.
    private const ulong TCGETS = 0x5401, TCSETS = 0x5402, TIOCGWINSZ = 0x5413;
    private const int StructWords = 9, InputFlags = 0, LocalFlags = 3;
    private const int ICRNL = 0x100, IXON = 0x400, ISIG = 1, ICANON = 2, ECHO = 8, IEXTEN = 0x8000;
    private const short POLLIN = 1;
    private const int RestOfSequence = 25; // milliseconds

    private readonly int[] before;
    private readonly Queue<char> keys = new();
    private string shown = "";
    private (int Width, int Height) shownAt;

    private Screen(int[] before)
    {
        this.before = before;
        var raw = before.ToArray();
        raw[InputFlags] &= ~(ICRNL | IXON);
        // Control-C is a key like others: whoever reads it gives the terminal back.
        raw[LocalFlags] &= ~(ISIG | ICANON | ECHO | IEXTEN);
        Set(raw);
        Write(Enter);
    }

    /// <summary>Takes the terminal. Null: standard input or output is none, or one that cannot move its cursor.</summary>
    internal static Screen? TryOpen()
    {
        var state = new int[StructWords];
        fixed (int* words = state)
        {
            var isTerminal = Libc.ioctl(0, TCGETS, words) == 0 && SizeOf() is { Width: > 0, Height: > 0 };
            return isTerminal && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb") ? new Screen(state) : null;
        }
    }

    /// <summary>In characters; it may change at any time.</summary>
    internal static (int Width, int Height) SizeOf()
    {
        // struct winsize: rows, columns and two more, 16 bits each.
        var size = stackalloc int[2];
        return Libc.ioctl(1, TIOCGWINSZ, size) == 0 ? (size[0] >>> 16, size[0] & 0xFFFF) : (0, 0);
    }

    /// <summary>Nothing is sent where nothing has changed.</summary>
    /// <param name="size">As it is now; what has no room is left out.</param>
    internal void Draw(IReadOnlyList<ScreenLine> lines, (int Width, int Height) size)
    {
        var text = new StringBuilder("\x1b[H");
        for (var row = 0; row < Math.Min(lines.Count, size.Height); row++)
        {
            var (line, look) = (lines[row].Text, lines[row].Look);
            text.Append(row == 0 ? "" : "\r\n").Append(look switch
            {
                LineLook.Head => "\x1b[1m",
                LineLook.Selected => "\x1b[7m",
                _ => "",
            }).Append(line).Append(look == LineLook.Plain ? "\x1b[K" : "\x1b[0m\x1b[K");
        }
        var whole = text.Append("\x1b[J").ToString();
        if (whole != shown || size != shownAt)
        {
            (shown, shownAt) = (whole, size);
            Write(whole);
        }
    }

    /// <summary>The next key: a character, or one of the constants. '\0': none came in that time.</summary>
    /// <param name="patience">Milliseconds.</param>
    internal char Read(int patience)
    {
        if (keys.Count == 0)
        {
            Fill(patience);
        }
        return keys.TryDequeue(out var key) ? key : '\0';
    }

    public void Dispose()
    {
        Write(Leave);
        Set(before);
    }

    private void Fill(int patience)
    {
        Span<byte> bytes = stackalloc byte[64];
        var length = Read(bytes, patience);
        if (length < 0)
        {
            // The terminal is gone.
            keys.Enqueue(Interrupt);
            return;
        }
        if (length > 0 && bytes[length - 1] == Escape)
        {
            length += Math.Max(0, Read(bytes[length..], RestOfSequence));
        }
        for (var rest = bytes[..length]; !rest.IsEmpty;)
        {
            rest = rest[Take(rest)..];
        }
    }

    /// <summary>Takes one key off the front. Returns its bytes.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [(byte)Escape, (byte)'[' or (byte)'O', ..])
        {
            var end = 2;
            while (end < bytes.Length && bytes[end] is < (byte)'@' or > (byte)'~')
            {
                end++;
            }
            if (end < bytes.Length && end == 2 && bytes[end] is >= (byte)'A' and <= (byte)'D')
            {
                keys.Enqueue(bytes[end] switch { (byte)'A' => Up, (byte)'B' => Down, (byte)'C' => Right, _ => Left });
            }
            return Math.Min(end + 1, bytes.Length);
        }
        if (bytes[0] < 0x80)
        {
            keys.Enqueue((char)bytes[0]);
        }
        return 1;
    }

    /// <summary>0: nothing came; below 0: nothing will.</summary>
    private static int Read(Span<byte> to, int patience)
    {
        var input = new Libc.PollDescriptor { Fd = 0, Events = POLLIN };
        if (Libc.poll(&input, 1, patience) <= 0)
        {
            return 0;
        }
        fixed (byte* start = to)
        {
            return Libc.read(0, start, to.Length) is > 0 and var count ? (int)count : -1;
        }
    }

    private static void Set(int[] state)
    {
        fixed (int* words = state)
        {
            _ = Libc.ioctl(0, TCSETS, words);
        }
    }

    private static void Write(string text)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        while (!rest.IsEmpty)
        {
            fixed (byte* start = rest)
            {
                if (Libc.write(1, start, rest.Length) is not (> 0 and var count))
                {
                    return;
                }
                rest = rest[(int)count..];
            }
        }
    }
}

/// <summary>One line of a screen.</summary>
/// <param name="Text">No longer than the screen is wide, and without control characters.</param>
internal readonly record struct ScreenLine(string Text, LineLook Look = LineLook.Plain);

/// <summary>How a line stands out.</summary>
internal enum LineLook : byte
{
    Plain,
    Head,
    Selected,
}
