using System.Text;

namespace Hotplate.Settings;

/// <summary>
/// Which paths a route is for: <c>/a</c> alone, <c>/a/*</c> and all below it, or with stars elsewhere: <c>/u/*/avatar</c>.
/// </summary>
/// <remarks>
/// A star is any text, slashes and nothing included, and as little of it as will do. <c>/a/*</c> takes <c>/a</c> too, as mounts do.
/// </remarks>
internal sealed class PathPattern
{
    private readonly byte[][] pieces;

    private PathPattern(string text, byte[][] pieces)
    {
        Text = text;
        this.pieces = pieces;
        Key = string.Join('\u0100', pieces.Select(Encoding.Latin1.GetString));
        Literal = pieces.Sum(static piece => piece.Length);
    }

    /// <summary>Every path, also the <c>*</c> of OPTIONS.</summary>
    internal static PathPattern Any { get; } = new("/*", ["/"u8.ToArray(), []]);

    /// <summary>As it was written.</summary>
    internal string Text { get; }

    /// <summary>Equal for patterns that take the same paths, however they were written.</summary>
    internal string Key { get; }

    /// <summary>Bytes that are no stars: the more, the sooner it is tried.</summary>
    internal int Literal { get; }

    internal int Stars => pieces.Length - 1;

    internal bool IsAny => ReferenceEquals(this, Any);

    internal bool IsExact => pieces.Length == 1;

    /// <summary>Only its end is a star: whatever begins with <see cref="Head"/>.</summary>
    internal bool IsPrefix => pieces is [_, []];

    /// <summary>What stands before the first star.</summary>
    internal ReadOnlySpan<byte> Head => pieces[0];

    /// <summary>What stands behind the last star.</summary>
    internal ReadOnlySpan<byte> Tail => pieces[^1];

    /// <summary>Of <c>/a/*</c>: <c>/a</c>, which it takes too; empty of all others.</summary>
    internal ReadOnlySpan<byte> Folder => IsPrefix && pieces[0].Length > 1 && pieces[0][^1] == '/' ? pieces[0].AsSpan(..^1) : default;

    /// <exception cref="SettingException">It is none.</exception>
    internal static PathPattern Parse(string text)
    {
        if (text is "*" or "/*")
        {
            return Any;
        }
        if (text.Length == 0 || text[0] is not ('/' or '*'))
        {
            throw Bad("a path begins with a slash, as /shop, /shop/* or /user/*/avatar.");
        }
        if (text.Contains("**", StringComparison.Ordinal))
        {
            throw Bad("one star is enough: it stands for any text, slashes included.");
        }
        if (text.AsSpan().IndexOfAny('?', '#') is >= 0 and var mark)
        {
            throw Bad(text[mark] == '?' ? "a path has no query: that is query = { name = \"value\" }." : "a path has no # in it.");
        }
        var literals = text.Split('*').Select(PercentText.Decode).ToArray();
        if (literals.Any(static piece => piece is null || piece.Contains((byte)0)))
        {
            throw Bad("%XX stands for a byte, as %2A for a star that is meant as such; a percent sign is %25.");
        }
        if (literals.Length == 1 && text.Split('/').Any(static segment => segment is "." or ".."))
        {
            throw Bad("no request has . or .. in its path: they are resolved before routes are looked at.");
        }
        return new PathPattern(text, literals!);
    }

    internal bool Matches(ReadOnlySpan<byte> path) => Capture(path, default);

    /// <summary>False: it does not match, and then the captures mean nothing.</summary>
    /// <param name="path">Decoded.</param>
    /// <param name="captures">What each star stands for; may be shorter than there are stars.</param>
    internal bool Capture(ReadOnlySpan<byte> path, Span<Range> captures)
    {
        if (IsAny)
        {
            captures.Fill((path.StartsWith((byte)'/') ? 1 : path.Length)..path.Length);
            return true;
        }
        if (IsExact)
        {
            return path.SequenceEqual(pieces[0]);
        }
        if (!path.StartsWith(pieces[0]))
        {
            captures.Fill(path.Length..path.Length);
            return Folder is { IsEmpty: false } folder && path.SequenceEqual(folder);
        }
        var at = pieces[0].Length;
        for (var star = 1; star < pieces.Length; star++)
        {
            var rest = path[at..];
            var piece = pieces[star];
            var isLast = star == pieces.Length - 1;
            var length = !isLast ? rest.IndexOf(piece) : rest.EndsWith(piece) ? rest.Length - piece.Length : -1;
            if (length < 0)
            {
                return false;
            }
            if (star <= captures.Length)
            {
                captures[star - 1] = at..(at + length);
            }
            at += length + piece.Length;
        }
        return true;
    }

    public override string ToString() => Text;

    private static SettingException Bad(string what) => new(ErrorCode.BadKeyValue, what);
}
