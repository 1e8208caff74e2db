using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How a reload is tried before it takes over: <c>hotplate reload --canary 5% --for 60s</c>.</summary>
/// <param name="Share">Of the application's requests, over 0 and under 1.</param>
/// <param name="Time">How long the new code is compared with the old. From a second to a day.</param>
internal sealed record CanaryOrder(double Share, TimeSpan Time)
{
    public const string ShareFlag = "--canary";
    public const string TimeFlag = "--for";

    /// <summary>What makes no difference to be seen in so short a time is not worth trying.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_usual = TimeSpan.FromMinutes(1);

    /// <param name="share">Null: there is to be none.</param>
    /// <param name="time">Null: a minute.</param>
    /// <param name="wrong">Tells what is wrong with one of them, by its flag.</param>
    /// <returns>Null: nothing is to be tried, or something is wrong.</returns>
    public static CanaryOrder? Read(string? share, string? time, Action<string, SettingException> wrong)
    {
        if (share is null)
        {
            if (time is not null)
            {
                wrong(TimeFlag, new SettingException(
                    ErrorCode.MissingValue, $"it is the time of {ShareFlag}, which is needed with it: {ShareFlag} 5% {TimeFlag} 60s."));
            }
            return null;
        }
        var (part, length) = (0.0, s_usual);
        var isGood = Try(ShareFlag, () => part = ShareOf(share));
        isGood &= time is null || Try(TimeFlag, () => length = Values.Duration(time, s_least));
        return isGood ? new CanaryOrder(part, length) : null;

        bool Try(string flag, Action read)
        {
            try
            {
                read();
                return true;
            }
            catch (SettingException problem)
            {
                wrong(flag, problem);
                return false;
            }
        }
    }

    /// <summary>"5 % of the requests for 60s".</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Share * 100:0.###} % of the requests for {Values.Show(Time)}");

    private static double ShareOf(string text) =>
        text is [_, .., '%']
            && double.TryParse(text.AsSpan()[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0.1 and <= 99
            ? percent / 100
            : throw new SettingException(ErrorCode.BadNumber, "a share of the requests from 0.1% to 99% is needed here, as in 5%.");
}
