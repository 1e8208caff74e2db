using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>The limits of a site. Of those with the same key the most specific one counts, as of routes; those with other keys add
/// up.</summary>
/// <remarks>Immutable but for the buckets.</remarks>
internal sealed class RateLimits
{
    private readonly Dictionary<string, RateLimit> all = new(StringComparer.Ordinal);
    private readonly RouteTable[] byKey;

    /// <param name="before">Those of the site before: who has used up something there has none here.</param>
    private RateLimits(IReadOnlyList<RouteSettings> limits, RateLimits? before, TimeProvider time)
    {
        // What one client may have is asked first: whoever is refused takes nothing of what all share.
        byKey =
        [
            .. limits.GroupBy(static one => ((RouteAction.Limit)one.Action).Key).OrderBy(static group => group.Key.Kind)
                .Select(group => new RouteTable([.. group.Select(one => new Route(one, null) { Limit = Find(one, before, time) })])),
        ];
    }

    /// <summary>Null: there are none.</summary>
    internal static RateLimits? Of(IReadOnlyList<RouteSettings> limits, RateLimits? before, TimeProvider time) =>
        limits.Count == 0 ? null : new RateLimits(limits, before, time);

    /// <summary>Counts a request. The limit that refuses it; null: it may pass.</summary>
    /// <param name="app">The application that it goes to; empty: to none.</param>
    /// <param name="wait">Until the next may come, if one refuses it.</param>
    internal RateLimit? FirstToRefuse(in RouteQuery query, string app, out TimeSpan wait)
    {
        foreach (var table in byKey)
        {
            if (table.Match(query).Route?.Limit is { } limit && !limit.TryPass(query, app, out wait))
            {
                return limit;
            }
        }
        wait = TimeSpan.Zero;
        return null;
    }

    /// <summary>As <see cref="RouteTable.Explain"/>, one key after another.</summary>
    internal IReadOnlyList<RouteStep> Explain(in RouteQuery query)
    {
        var steps = new List<RouteStep>();
        foreach (var table in byKey)
        {
            steps.AddRange(table.Explain(query));
        }
        return steps;
    }

    private RateLimit Find(RouteSettings settings, RateLimits? before, TimeProvider time)
    {
        var identity = RateLimit.IdentityOf(settings);
        var limit = before?.all.GetValueOrDefault(identity) ?? new RateLimit(settings, time);
        all.TryAdd(identity, limit);
        return limit;
    }
}
