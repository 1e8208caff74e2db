using System.Buffers;
using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Hotplate.Settings;

/// <summary>Text that the kernel gives and takes as bytes: arguments, variables, paths. A byte that is not UTF-8 is half a surrogate pair, U+DC80 to U+DCFF, as in Python (PEP 383).</summary>
/// <remarks>
/// The class library puts U+FFFD in place of such bytes, in what it gives as in what it takes. So what it gives with U+FFFD in it is read again, and a
/// path with such bytes is shown to it as <see cref="Reachable"/>.
/// </remarks>
internal static partial class OsText
{
    private const int O_PATH = 0x200000;
    private const int O_CLOEXEC = 0x80000;

    private static readonly SearchValues<char> s_bytes = SearchValues.Create([.. Enumerable.Range(0xDC80, 128).Select(static code => (char)code)]);

    // Opened once for each folder, and for as long as the process lives: there are a handful.
    private static readonly Dictionary<string, int> s_folders = new(StringComparer.Ordinal);
    private static readonly Lock s_gate = new();

    /// <summary>It is UTF-8 and nothing else.</summary>
    internal static bool IsPlain(ReadOnlySpan<char> text) => !HasBytes(text);

    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var taken) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var one in bytes[..taken])
                {
                    text.Append((char)(0xDC00 + one));
                }
            }
            bytes = bytes[taken..];
        }
        return text.ToString();
    }

    internal static byte[] Encode(string text)
    {
        if (IsPlain(text))
        {
            return Encoding.UTF8.GetBytes(text);
        }
        var bytes = new List<byte>(text.Length * 2);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            var end = NextByte(rest);
            end = end < 0 ? rest.Length : end;
            bytes.AddRange(Encoding.UTF8.GetBytes(rest[..end].ToArray()));
            if (end < rest.Length)
            {
                bytes.Add((byte)(rest[end] - 0xDC00));
                end++;
            }
            rest = rest[end..];
        }
        return [.. bytes];
    }

    /// <summary>The arguments as they were given.</summary>
    /// <param name="known">As the class library has them.</param>
    internal static string[] Arguments(string[] known) =>
        Array.Exists(known, IsSpoilt) && Strings("/proc/self/cmdline") is { } all && all.Count >= known.Length ? [.. all.TakeLast(known.Length)] : known;

    /// <summary>The environment variables as they were given.</summary>
    internal static Dictionary<string, string> Variables()
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var spoilt = false;
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var (name, value) = ((string)entry.Key, (string?)entry.Value ?? "");
            known[name] = value;
            spoilt |= IsSpoilt(name) || IsSpoilt(value);
        }
        if (!spoilt || Strings("/proc/self/environ") is not { } all)
        {
            return known;
        }
        foreach (var name in known.Keys.Where(name => IsSpoilt(name) || IsSpoilt(known[name])).ToList())
        {
            known.Remove(name);
        }
        // Those that the class library has whole are as they are now, the rest as they were at the start.
        foreach (var assignment in all)
        {
            if (assignment.IndexOf('=', 1) is var equals and > 0)
            {
                known.TryAdd(assignment[..equals], assignment[(equals + 1)..]);
            }
        }
        return known;
    }

    /// <summary>The working directory.</summary>
    internal static unsafe string CurrentDirectory()
    {
        var known = Environment.CurrentDirectory;
        if (!IsSpoilt(known))
        {
            return known;
        }
        Span<byte> bytes = stackalloc byte[4096];
        fixed (byte* start = bytes)
        {
            var length = readlink("/proc/self/cwd", start, bytes.Length);
            return length > 0 ? Decode(bytes[..(int)length]) : known;
        }
    }

    /// <summary>A path by which the class library reaches what another names: its folder as an open file of ours, in <c>/proc/self/fd</c>.</summary>
    internal static unsafe string Reachable(string path)
    {
        if (IsPlain(path) || !Path.IsPathRooted(path))
        {
            return path;
        }
        // Up to the last name that has such bytes.
        var end = path.IndexOf('/', LastByte(path));
        var (folder, rest) = end < 0 ? (path, "") : (path[..end], path[end..]);
        lock (s_gate)
        {
            if (!s_folders.TryGetValue(folder, out var descriptor))
            {
                fixed (byte* name = (byte[])[.. Encode(folder), 0])
                {
                    descriptor = open(name, O_PATH | O_CLOEXEC, 0);
                }
                if (descriptor < 0)
                {
                    return path;
                }
                s_folders.Add(folder, descriptor);
            }
            return $"/proc/self/fd/{descriptor}{rest}";
        }
    }

    /// <summary>The same of a file that need not be there: by its folder.</summary>
    internal static string ReachableFile(string path) =>
        IsPlain(path) || Path.GetDirectoryName(path) is not { } folder ? path : Path.Combine(Reachable(folder), Path.GetFileName(path));

    private static bool IsSpoilt(string text) => text.Contains('\uFFFD', StringComparison.Ordinal);

    private static bool HasBytes(ReadOnlySpan<char> text) => NextByte(text) >= 0;

    /// <summary>Where the first half pair is that stands for a byte: the second half of a whole pair is none.</summary>
    private static int NextByte(ReadOnlySpan<char> text)
    {
        for (var at = 0; text[at..].IndexOfAny(s_bytes) is var next and >= 0; at += next + 1)
        {
            if (at + next == 0 || !char.IsHighSurrogate(text[at + next - 1]))
            {
                return at + next;
            }
        }
        return -1;
    }

    private static int LastByte(string text)
    {
        var last = 0;
        for (var at = 0; at < text.Length && NextByte(text.AsSpan(at)) is var next and >= 0; at += next + 1)
        {
            last = at + next;
        }
        return last;
    }

    private static List<string>? Strings(string file)
    {
        try
        {
            var strings = new List<string>();
            ReadOnlySpan<byte> rest = File.ReadAllBytes(file);
            while (rest.IndexOf((byte)0) is var end and >= 0)
            {
                strings.Add(Decode(rest[..end]));
                rest = rest[(end + 1)..];
            }
            return strings;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // there is no /proc: then they stay as they are known
        }
    }

    [LibraryImport("libc")]
    private static unsafe partial int open(byte* path, int flags, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint readlink(string path, byte* buffer, nint size);
}
