using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>How often a limit lets requests pass, and whose, while it is read.</summary>
internal sealed class LimitActionDraft : ActionDraft
{
    private readonly Dictionary<string, SourceSpan> given = new(StringComparer.Ordinal);
    private LimitKey key = LimitKey.Client;
    private RateRule? rate;
    private bool isOff;
    private int? burst;

    internal static IEnumerable<string> Keys => ["rate", "burst", "key"];

    internal override bool Take(RouteValue value)
    {
        if (!Keys.Contains(value.Key, StringComparer.Ordinal))
        {
            return false;
        }
        given.TryAdd(value.Key, value.Span);
        switch (value.Key)
        {
            case "rate":
                isOff = value.IsFalse || (value.IsText && value.Text("\"20/s\"") == "off");
                rate = isOff ? null : value.One(RateRule.OfRate);
                break;
            case "burst":
                burst = value.Whole(1, RateRule.Most);
                break;
            default:
                key = value.One(LimitKey.Parse);
                break;
        }
        return true;
    }

    internal override IReadOnlyList<(SourceSpan At, string Word, string What)> Contradictions(
        SourceSpan table, IReadOnlyList<PathPattern> paths)
    {
        if (!given.ContainsKey("rate"))
        {
            return [(table, RouteKind.Limits.Table, "a limit needs a rate, as in rate = \"20/s\", or rate = \"off\".")];
        }
        if (isOff && burst is not null)
        {
            return [(given["burst"], "burst", "it goes with a rate, and there is none: rate = \"off\".")];
        }
        if (rate is null && !isOff)
        {
            // It could not be read, which was told.
            return [];
        }
        try
        {
            Made = new RouteAction.Limit(key, burst is { } most ? rate!.With(most) : rate);
            return [];
        }
        catch (SettingException problem)
        {
            return [(given["burst"], "burst", problem.Message)];
        }
    }
}
