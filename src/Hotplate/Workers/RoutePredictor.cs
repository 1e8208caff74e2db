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

    // Chosen anew by each front, so that nobody can craft paths that share a place with a site's busiest route.
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();
    private readonly ulong[] routes = new ulong[Places];
    private readonly int[] averages = new int[Places];

    /// <summary>The expected run time in microseconds, at least 1.</summary>
    internal int Predict(ulong route)
    {
        var place = (int)(route % Places);
        return Volatile.Read(ref routes[place]) == route ? Math.Max(1, Volatile.Read(ref averages[place])) : Unknown;
    }

    /// <summary>Takes in that a request of this route ran so long. The newest weighs an eighth.</summary>
    /// <returns>What is expected from now on; <paramref name="before"/> is what was until now.</returns>
    internal int Observe(ulong route, uint microseconds, out int before)
    {
        var place = (int)(route % Places);
        var ran = (int)Math.Min(microseconds, 60_000_000);
        if (routes[place] != route)
        {
            before = Unknown;
            averages[place] = ran;
            Volatile.Write(ref routes[place], route);
            return ran;
        }
        before = averages[place];
        return averages[place] = before + ((ran - before) / 8);
    }

    /// <summary>The route of a request: a keyed FNV-1a over the method and the path, each segment with a digit in it or over 24 bytes taken as one and the same.</summary>
    internal static ulong RouteOf(string method, ReadOnlySpan<byte> path)
    {
        const ulong prime = 1099511628211;
        var hash = Seed;
        foreach (var c in method)
        {
            hash = (hash ^ c) * prime;
        }
        while (!path.IsEmpty)
        {
            var segment = FirstSegment(path);
            if (IsVariable(segment))
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
            path = path[segment.Length..];
        }
        return hash;
    }

    /// <summary>The same for people to read: "GET /shop/*".</summary>
    internal static string NameOf(string method, ReadOnlySpan<byte> path)
    {
        var name = new System.Text.StringBuilder(method).Append(' ');
        while (!path.IsEmpty)
        {
            var segment = FirstSegment(path);
            name.Append(IsVariable(segment) ? "/*" : System.Text.Encoding.UTF8.GetString(segment));
            path = path[segment.Length..];
        }
        return name.ToString();
    }

    private static ReadOnlySpan<byte> FirstSegment(ReadOnlySpan<byte> path) =>
        path[1..].IndexOf((byte)'/') is var next and >= 0 ? path[..(next + 1)] : path;

    private static bool IsVariable(ReadOnlySpan<byte> segment) => segment.Length > 24 || segment.ContainsAnyInRange((byte)'0', (byte)'9');
}
