using System.Buffers;
using System.Text;

namespace Hotplate.Routing;

/// <summary>What a request line asks for, read once: the path that routing, static files, caches and PATH_INFO all use.</summary>
/// <remarks>
/// The path is percent-decoded exactly once, %2F included, after dot segments were removed (RFC 3986 §5.2.4; <c>%2e</c> is a dot). A dot
/// segment that only appears by decoding %2F stays: it is one segment of the target, not two. docs/http.md lists what is refused.
/// </remarks>
internal readonly ref struct RequestTarget
{
    // RFC 3986 §2 allows fewer, but browsers send | ^ ` { } and others as they are. '#' never belongs in a request target.
    private static readonly SearchValues<char> Acceptable = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    private RequestTarget(TargetForm form, string raw, ReadOnlySpan<byte> path, int queryStart, Range authority)
    {
        Form = form;
        Raw = raw;
        Path = path;
        QueryStart = queryStart;
        this.authority = authority;
    }

    private readonly Range authority;

    internal TargetForm Form { get; }

    /// <summary>The target as it stood in the request line, for RAW_URI.</summary>
    internal string Raw { get; }

    /// <summary>Decoded bytes, starting with a slash; "*" for the asterisk form. They live in the scratch memory given to <see cref="TryRead"/>.</summary>
    internal ReadOnlySpan<byte> Path { get; }

    /// <summary>Where the query starts in <see cref="Raw"/>, behind the first '?'; -1 when there is none.</summary>
    internal int QueryStart { get; }

    /// <summary>Host and port of the absolute form; empty in the others.</summary>
    internal ReadOnlySpan<char> Authority => Raw.AsSpan()[authority];

    /// <summary>How much scratch memory <see cref="TryRead"/> needs.</summary>
    internal static int ScratchSize(string raw) => raw.Length + 1;

    /// <summary>False: the target is no target, or hides something in it; answer 400.</summary>
    internal static bool TryRead(string raw, Span<byte> scratch, out RequestTarget target)
    {
        target = default;
        var text = raw.AsSpan();
        if (text.IsEmpty || text.ContainsAnyExcept(Acceptable))
        {
            return false;
        }
        if (text[0] == '/')
        {
            return TryRead(TargetForm.Origin, raw, 0, default, scratch, out target);
        }
        if (text is "*")
        {
            scratch[0] = (byte)'*';
            target = new RequestTarget(TargetForm.Asterisk, raw, scratch[..1], -1, default);
            return true;
        }
        var start = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7
            : text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : 0;
        if (start == 0)
        {
            return false;
        }
        var length = text[start..].IndexOfAny('/', '?');
        var end = length < 0 ? raw.Length : start + length;
        // RFC 9110 §4.2.1 and §4.2.4: no empty host, and user information there is an error.
        return end > start
            && !text[start..end].Contains('@')
            && TryRead(TargetForm.Absolute, raw, end, start..end, scratch, out target);
    }

    private static bool TryRead(TargetForm form, string raw, int pathStart, Range authority, Span<byte> scratch, out RequestTarget target)
    {
        target = default;
        var rest = raw.AsSpan(pathStart);
        var mark = rest.IndexOf('?');
        var path = mark < 0 ? rest : rest[..mark];
        int length;
        if (path.IsEmpty)
        {
            scratch[0] = (byte)'/';
            length = 1;
        }
        else if (path.Contains("/.", StringComparison.Ordinal) || path.Contains('%'))
        {
            length = RemoveDotSegments(path, scratch);
            if (!TryDecode(scratch[..length], out length))
            {
                return false;
            }
        }
        else
        {
            length = Encoding.Latin1.GetBytes(path, scratch);
        }
        target = new RequestTarget(form, raw, scratch[..length], mark < 0 ? -1 : pathStart + mark + 1, authority);
        return true;
    }

    /// <summary>Copies the path, still encoded, without its dot segments; ".." at the root stays at the root.</summary>
    private static int RemoveDotSegments(ReadOnlySpan<char> path, Span<byte> to)
    {
        var length = 0;
        while (!path.IsEmpty)
        {
            var next = path[1..].IndexOf('/');
            var segment = next < 0 ? path[1..] : path[1..(next + 1)];
            path = next < 0 ? default : path[(next + 1)..];
            var dots = DotsOf(segment);
            if (dots == 2)
            {
                length = Math.Max(0, to[..length].LastIndexOf((byte)'/'));
            }
            if (dots == 0)
            {
                to[length++] = (byte)'/';
                length += Encoding.Latin1.GetBytes(segment, to[length..]);
            }
            else if (path.IsEmpty)
            {
                // "/a/." and "/a/b/.." name the directory "/a/".
                to[length++] = (byte)'/';
            }
        }
        return length;
    }

    /// <summary>1 or 2 when the segment is that many dots, literal or as %2e; otherwise 0.</summary>
    private static int DotsOf(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty)
        {
            var size = segment[0] == '.' ? 1 : segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (size == 0 || ++dots > 2)
            {
                return 0;
            }
            segment = segment[size..];
        }
        return dots;
    }

    /// <summary>Decodes in place. False: an escape that is none, or a NUL.</summary>
    private static bool TryDecode(Span<byte> path, out int length)
    {
        length = path.IndexOf((byte)'%');
        if (length < 0)
        {
            length = path.Length;
            return true;
        }
        for (var at = length; at < path.Length; at++)
        {
            var value = path[at];
            if (value == '%')
            {
                if (at + 2 >= path.Length || !char.IsAsciiHexDigit((char)path[at + 1]) || !char.IsAsciiHexDigit((char)path[at + 2]))
                {
                    return false;
                }
                value = (byte)((HexOf(path[at + 1]) << 4) | HexOf(path[at + 2]));
                if (value == 0)
                {
                    return false;
                }
                at += 2;
            }
            path[length++] = value;
        }
        return true;
    }

    private static int HexOf(byte digit) => (digit & 0xF) + (digit >> 6) * 9;
}

/// <summary>The forms of RFC 9112 §3.2 that an origin server gets; the authority form is for proxies.</summary>
internal enum TargetForm : byte
{
    Origin,
    Absolute,
    Asterisk,
}
