using Hotplate.Settings;

namespace Hotplate.Static;

/// <summary>Which file below the folder a path asks for.</summary>
internal static class StaticName
{
    /// <summary>False: none that may be given.</summary>
    /// <param name="pattern">
    /// The route's path. What its star at the end stands for is the name; without one there the whole path is.
    /// </param>
    /// <param name="path">Decoded, so that slashes and dots that were percent-encoded are seen.</param>
    /// <param name="name">Relative; of a folder with a slash at its end; empty: the folder itself.</param>
    internal static bool TryRead(PathPattern pattern, ReadOnlySpan<byte> path, out Range name)
    {
        name = 1..path.Length;
        if (!path.StartsWith((byte)'/'))
        {
            return false;
        }
        if (pattern.Tail.IsEmpty && !pattern.IsAny)
        {
            Span<Range> stars = stackalloc Range[pattern.Stars];
            pattern.Capture(path, stars);
            name = stars[^1];
        }
        return IsSafe(path[name], path[1..]);
    }

    private static bool IsSafe(ReadOnlySpan<byte> name, ReadOnlySpan<byte> whole)
    {
        // RFC 8615: the one name with a dot that is meant for everybody, at the top.
        var wellKnown = ".well-known/"u8;
        var rest = name.StartsWith(wellKnown) && whole.Length == name.Length ? name[wellKnown.Length..] : name;
        while (!rest.IsEmpty)
        {
            if (rest[0] is (byte)'.' or (byte)'/')
            {
                return false;
            }
            var slash = rest.IndexOf((byte)'/');
            rest = slash < 0 ? default : rest[(slash + 1)..];
        }
        return !name.Contains((byte)0);
    }
}
