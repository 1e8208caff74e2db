using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How often: so many in a second, a minute, an hour or a day, and how many at once.</summary>
/// <param name="Count">From 1 to 1,000,000.</param>
/// <param name="Period">A second, a minute, an hour or a day.</param>
/// <param name="Burst">How many may come at once after a pause, from 1 to 1,000,000.</param>
internal sealed record RateRule(int Count, TimeSpan Period, int Burst)
{
    internal const int Most = 1_000_000;
    private const string BurstWord = "burst=";

    // Longer than anybody waits for a bucket to fill, and what keeps its arithmetic far from the end of 64 bits.
    private static readonly TimeSpan LongestFill = TimeSpan.FromDays(366);

    private static readonly (char Letter, TimeSpan Time)[] s_units =
    [
        ('s', TimeSpan.FromSeconds(1)), ('m', TimeSpan.FromMinutes(1)), ('h', TimeSpan.FromHours(1)), ('d', TimeSpan.FromDays(1)),
    ];

    /// <summary>"20/s", perhaps with ",burst=40" behind it; null is "off".</summary>
    /// <exception cref="SettingException">It is none.</exception>
    public static RateRule? Parse(string text)
    {
        if (text == "off")
        {
            return null;
        }
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
        {
            return OfRate(text);
        }
        var burst = text[(comma + 1)..].Trim();
        return burst.StartsWith(BurstWord, StringComparison.Ordinal)
            && int.TryParse(burst.AsSpan(BurstWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var most)
            ? OfRate(text[..comma].Trim()).With(most)
            : throw Bad();
    }

    /// <summary>"20/s" alone: as many may come at once.</summary>
    /// <exception cref="SettingException">It is none.</exception>
    public static RateRule OfRate(string text) =>
        text.Length > 2 && text[^2] == '/'
        && int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && count is >= 1 and <= Most
        && Array.Find(s_units, unit => unit.Letter == text[^1]) is { Letter: not '\0' } found
            ? new RateRule(count, found.Time, count)
            : throw Bad();

    /// <exception cref="SettingException">So many cannot be.</exception>
    public RateRule With(int burst) =>
        burst is < 1 or > Most
            ? throw new SettingException(ErrorCode.BadRate, $"a burst is a whole number from 1 to {Most}.")
            : Period.TotalDays * burst / Count > LongestFill.TotalDays
                ? throw new SettingException(
                    ErrorCode.BadRate, "so large a burst would take more than a year to come back. Write a smaller one, or a higher rate.")
                : this with { Burst = burst };

    /// <summary>As the flag takes it.</summary>
    public static string Show(RateRule? rule) => rule?.ToString() ?? "off";

    public override string ToString() => Burst == Count ? Rate : $"{Rate},{BurstWord}{Burst}";

    /// <summary>Without the burst.</summary>
    public string Rate => $"{Count}/{Array.Find(s_units, unit => unit.Time == Period).Letter}";

    private static SettingException Bad() => new(
        ErrorCode.BadRate, "so many in a time are needed here: 20/s, 100/m, 1000/h or 5000/d, from 1 to 1000000; or off.");
}
