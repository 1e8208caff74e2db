using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>A bucket of tokens for each of many keys, in a table that never grows.</summary>
/// <remarks>
/// A bucket is one number: the moment at which it will be full again (the generic cell rate algorithm, ITU-T I.371, which admits what a
/// token bucket does). A key has eight places. Where all of them are others', the one goes that was full first, or will be: a full bucket
/// is as good as none, so nothing is lost with it. Only where eight keys of one set are all short of tokens does one of them get its burst
/// anew; nobody is refused because the table is full. Safe to call from any thread; a lock is held for the look at eight places.
/// </remarks>
internal sealed class RateBuckets
{
    private const int Ways = 8;
    private const int MostGates = 64;

    private readonly TimeProvider time;
    private readonly Place[] places;
    private readonly Lock[] gates;
    private readonly int setMask;

    // In the clock's ticks: until a token comes back, and until all do.
    private readonly long interval;
    private readonly long depth;

    /// <param name="sets">A power of two; eight buckets each.</param>
    internal RateBuckets(RateRule rule, int sets, TimeProvider time)
    {
        this.time = time;
        places = new Place[sets * Ways];
        setMask = sets - 1;
        gates = [.. Enumerable.Range(0, Math.Min(sets, MostGates)).Select(static _ => new Lock())];
        interval = Math.Max(1, (long)(rule.Period.TotalSeconds * time.TimestampFrequency / rule.Count));
        depth = interval * rule.Burst;
    }

    /// <summary>Takes a token. False: there is none.</summary>
    /// <param name="key">A hash, as <see cref="KeyedHash"/> makes it; not 0.</param>
    /// <param name="wait">Until there is one; zero when one was taken.</param>
    internal bool TryTake(ulong key, out TimeSpan wait)
    {
        // A place that nobody has had has the key 0.
        key = key == 0 ? 1 : key;
        var set = (int)(key >> 51) & setMask;
        var now = time.GetTimestamp();
        lock (gates[set & (gates.Length - 1)])
        {
            ref var place = ref Find(places.AsSpan(set * Ways, Ways), key);
            if (place.Key != key)
            {
                place = new Place(key, now);
            }
            var full = Math.Max(place.FullAt, now) + interval;
            if (full - now <= depth)
            {
                place = place with { FullAt = full };
                wait = TimeSpan.Zero;
                return true;
            }
            wait = TimeSpan.FromSeconds((full - now - depth) / (double)time.TimestampFrequency);
            return false;
        }
    }

    /// <summary>The key's own place, or the one that it may have.</summary>
    private static ref Place Find(Span<Place> set, ulong key)
    {
        var first = 0;
        for (var i = 0; i < set.Length; i++)
        {
            if (set[i].Key == key)
            {
                return ref set[i];
            }
            if (set[i].FullAt < set[first].FullAt)
            {
                first = i;
            }
        }
        return ref set[first];
    }

    private readonly record struct Place(ulong Key, long FullAt);
}
