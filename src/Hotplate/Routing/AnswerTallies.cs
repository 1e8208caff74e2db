namespace Hotplate.Routing;

/// <summary>The tallies of a site, as many as its routes lead to applications and a few more, whatever clients ask for.</summary>
/// <remarks>Filled while the site is made, and only read from then on.</remarks>
/// <param name="before">Those of the site that it follows: what goes on is counted on. Null: it is the first one.</param>
internal sealed class AnswerTallies(AnswerTallies? before)
{
    private readonly Dictionary<(string App, string Route), AnswerTally> all = [];
    private AnswerTallies? before = before;

    internal IReadOnlyCollection<AnswerTally> All => all.Values;

    /// <summary>For requests of a route, or of several that have the same label.</summary>
    /// <param name="app">Empty: no application is asked.</param>
    /// <param name="route">Empty: no route took them.</param>
    internal AnswerTally Of(string app, string route)
    {
        if (!all.TryGetValue((app, route), out var tally))
        {
            tally = before?.all.GetValueOrDefault((app, route)) ?? new AnswerTally(app, route);
            all.Add((app, route), tally);
        }
        return tally;
    }

    /// <summary>The site is made. Those of the site before are let go, and with them those of all before that.</summary>
    internal void Complete() => before = null;
}
