using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How Strict-Transport-Security (RFC 6797) is written: a time, and words behind it.</summary>
internal static class HstsText
{
    private const string Subdomains = "subdomains";
    private const string Preload = "preload";

    // What the list that browsers are delivered with takes (hstspreload.org), and beyond what anybody uses.
    private static readonly TimeSpan ForPreload = TimeSpan.FromDays(365);
    private static readonly TimeSpan Most = TimeSpan.FromDays(3650);

    /// <summary>Returns the field's value; null: it is not sent.</summary>
    /// <exception cref="SettingException">It is none.</exception>
    public static string? Parse(string text)
    {
        if (text == "off")
        {
            return null;
        }
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var time = Time(parts[0]);
        var (below, preload) = (false, false);
        foreach (var word in parts.AsSpan(1))
        {
            var isPreload = Values.Choice(word, Subdomains, Preload) == 1;
            (below, preload) = (below || !isPreload, preload || isPreload);
        }
        if (preload && (!below || time < ForPreload))
        {
            throw new SettingException(
                ErrorCode.BadChoice, "preload is for names with all below them, for a year at least: 365d,subdomains,preload.");
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"max-age={(long)time.TotalSeconds}{(below ? "; includeSubDomains" : "")}{(preload ? "; preload" : "")}");
    }

    /// <summary>As the flag takes it.</summary>
    /// <param name="value">The field's.</param>
    public static string Show(string? value) => value is null ? "off"
        : value["max-age=".Length..].Replace("; includeSubDomains", "," + Subdomains, StringComparison.Ordinal)
            .Replace("; preload", "," + Preload, StringComparison.Ordinal);

    private static TimeSpan Time(string text)
    {
        var isDays = text.EndsWith('d');
        if (double.TryParse(isDays ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var time = number * (isDays ? 86400 : 1);
            if (time <= Most.TotalSeconds)
            {
                return TimeSpan.FromSeconds(time);
            }
        }
        throw new SettingException(
            ErrorCode.BadDuration, "days (365d) or seconds (31536000) are needed here, up to 3650d, with ,subdomains perhaps; or off.");
    }
}
