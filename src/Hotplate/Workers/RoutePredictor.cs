namespace Hotplate.Workers;

/// <summary>Guesses how long a request will run from how long others of its route did: a moving average per route, in a bounded table.</summary>
/// <remarks>
/// A route is the method and the path with its variable segments folded. Two routes may share a place; the newer takes it. Reads and
/// writes are not synchronised: a lost update costs a slightly older average, and an average is one word.
/// </remarks>
internal sealed class RoutePredictor
{
    private const int Places = 2048;

    /// <summary>Before anything is known: long enough that nothing is queued behind it, short enough to be called fast.</summary>
    internal const int Unknown = 800;

    private readonly ulong[] routes = new ulong[Places];
    private readonly int[] averages = new int[Places];

    /// <summary>The expected run time in microseconds, at least 1.</summary>
    internal int Predict(ulong route)
    {
        var place = (int)(route % Places);
        return Volatile.Read(ref routes[place]) == route ? Math.Max(1, Volatile.Read(ref averages[place])) : Unknown;
    }

    /// <summary>Takes in that a request of this route ran so long. Weight of the newest: an eighth, or a half when it is far longer.</summary>
    internal void Observe(ulong route, uint microseconds)
    {
        var place = (int)(route % Places);
        var ran = (int)Math.Min(microseconds, 60_000_000);
        if (routes[place] != route)
        {
            averages[place] = ran;
            Volatile.Write(ref routes[place], route);
            return;
        }
        var average = averages[place];
        averages[place] = average + ((ran - average) / 8);
    }

    /// <summary>The route of a request: FNV-1a over the method and the path, each segment with a digit in it or over 24 bytes taken as one and the same.</summary>
    internal static ulong RouteOf(string method, ReadOnlySpan<byte> path)
    {
        const ulong prime = 1099511628211;
        var hash = 14695981039346656037;
        foreach (var c in method)
        {
            hash = (hash ^ c) * prime;
        }
        while (!path.IsEmpty)
        {
            var end = path[1..].IndexOf((byte)'/') is var next and >= 0 ? next + 1 : path.Length;
            var segment = path[..end];
            if (segment.Length > 24 || segment.ContainsAnyInRange((byte)'0', (byte)'9'))
            {
                hash = (hash ^ '*') * prime;
            }
            else
            {
                foreach (var b in segment)
                {
                    hash = (hash ^ b) * prime;
                }
            }
            hash = (hash ^ '/') * prime;
            path = path[end..];
        }
        return hash;
    }
}
