using System.Buffers;
using System.Text;

namespace Hotplate.Http;

/// <summary>What can be told of a request that Kestrel could not read: for the log and the choice of a page, never for an application.</summary>
internal sealed class RefusedHead
{
    /// <summary>What the client did not say, or what could not be made out.</summary>
    internal const string Unknown = "-";

    // A whole line as long as --limit-request-line allows is more than anybody reads.
    private const int LongestLine = 1024;
    private const int LongestHead = 16 * 1024;
    private readonly string fields = "";

    /// <param name="bytes">The head as far as it came, and whatever is behind it.</param>
    internal RefusedHead(in ReadOnlySequence<byte> bytes)
    {
        var head = Encoding.Latin1.GetString(bytes.Slice(0, Math.Min(bytes.Length, LongestHead))).TrimStart('\r', '\n');
        var end = head.IndexOf('\n', StringComparison.Ordinal);
        var line = (end < 0 ? head : head[..end]).TrimEnd('\r');
        if (end >= 0)
        {
            var over = head.IndexOf("\n\r\n", end, StringComparison.Ordinal);
            fields = over < 0 ? head[end..] : head[end..(over + 1)];
        }
        if (line.Length > LongestLine)
        {
            line = line[..LongestLine] + "...";
        }
        RequestLine = line.Length == 0 ? Unknown : line;
        var first = line.IndexOf(' ', StringComparison.Ordinal);
        if (first <= 0 || !RequestFields.IsName(line.AsSpan(0, first)))
        {
            return;
        }
        Method = line[..first];
        var last = line.LastIndexOf(" HTTP/", StringComparison.Ordinal);
        var target = line[(first + 1)..(last > first ? last : line.Length)].Trim(' ');
        Target = target.Length == 0 ? Unknown : target;
        Protocol = last >= first ? line[(last + 1)..] : Unknown;
    }

    /// <summary>As the client wrote it, shortened if it is long.</summary>
    internal string RequestLine { get; }

    internal string Method { get; } = Unknown;

    internal string Target { get; } = Unknown;

    internal string Protocol { get; } = Unknown;

    /// <summary>The first field of that name; null: there is none that is fit to be looked at.</summary>
    internal string? Field(string name)
    {
        var at = fields.IndexOf($"\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return null;
        }
        var rest = fields.AsSpan(at + name.Length + 2);
        var end = rest.IndexOf('\n');
        // One that is cut off may say something else than what the client meant.
        var value = (end < 0 ? rest : rest[..end]).TrimEnd('\r').Trim(" \t");
        return RequestFields.IsValue(value) ? value.ToString() : null;
    }
}
