using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How numbers, times, sizes and words are read and shown. Reading throws <see cref="SettingException"/>.</summary>
internal static class Values
{
    /// <summary>A whole number in a range; <paramref name="or"/> is a word the caller takes as well.</summary>
    public static int Whole(string text, int least, int most, string? or = null)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }
        var word = or is null ? "" : $", or {or},";
        throw new SettingException(ErrorCode.BadNumber, $"a whole number from {least} to {most}{word} is needed here.");
    }

    /// <summary>Permission bits. A leading 0 or 0o is needed, because 22 is another number in gunicorn.conf.py.</summary>
    public static int Octal(string text)
    {
        var digits = text.StartsWith("0o", StringComparison.OrdinalIgnoreCase) ? text[2..] : text.StartsWith('0') ? text : "";
        return digits.Length is > 0 and <= 5 && digits.All(static digit => digit is >= '0' and <= '7') && Convert.ToInt32(digits, 8) is var bits and <= 0x1FF
            ? bits
            : throw new SettingException(ErrorCode.BadUmask, "three octal digits with a 0 before them are needed here, as in 022 or 0o027.");
    }

    /// <summary>Seconds, or a number with ms, s, m or h: <c>30</c>, <c>1.5s</c>, <c>500ms</c>.</summary>
    public static TimeSpan Duration(string text, TimeSpan least, TimeSpan? most = null)
    {
        var end = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz").Length;
        double? unit = text[end..] switch { "" or "s" => 1, "us" => 1e-6, "ms" => 1e-3, "m" => 60, "h" => 3600, _ => null };
        var upper = most ?? TimeSpan.FromDays(1);
        if (unit is null || !double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number) || number * unit > upper.TotalSeconds || number * unit < least.TotalSeconds)
        {
            throw new SettingException(
                ErrorCode.BadDuration, $"a time from {Show(least)} to {Show(upper)} is needed here: seconds (30), or with a unit (500ms, 1.5s, 2m, 1h).");
        }
        return TimeSpan.FromSeconds(number * unit.Value);
    }

    /// <summary>Bytes, or a number with K, M or G (1024 each; KB and KiB mean the same).</summary>
    public static long Size(string text, long least, long most, string? or = null)
    {
        var end = text.AsSpan().TrimEnd("KMGTkmgtiBb").Length;
        int? shift = text[end..].ToUpperInvariant() switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 10,
            "M" or "MB" or "MIB" => 20,
            "G" or "GB" or "GIB" => 30,
            "T" or "TB" or "TIB" => 40,
            _ => null,
        };
        if (shift is null || !long.TryParse(text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number > most >> shift.Value || number << shift.Value < least)
        {
            var range = most == long.MaxValue ? $"of at least {ShowSize(least)}" : $"from {ShowSize(least)} to {ShowSize(most)}";
            var word = or is null ? "" : $", or {or},";
            throw new SettingException(ErrorCode.BadSize, $"a size {range}{word} is needed here: bytes (4096), or with a unit (500K, 10M, 2G).");
        }
        return number << shift.Value;
    }

    /// <summary><paramref name="or"/> is a word the caller takes as well.</summary>
    public static bool OnOff(string text, string? or = null) => text switch
    {
        "on" or "true" or "yes" or "1" => true,
        "off" or "false" or "no" or "0" => false,
        _ => throw new SettingException(ErrorCode.BadChoice, $"{(or is null ? "" : or + ", ")}on or off is needed here."),
    };

    /// <summary>The place of one of the words.</summary>
    public static int Choice(string text, params string[] words)
    {
        var place = Array.IndexOf(words, text);
        if (place >= 0)
        {
            return place;
        }
        var meant = NearestWord.Of(text, words) is { } near ? $" Did you mean {near}?" : "";
        throw new SettingException(ErrorCode.BadChoice, $"{string.Join(", ", words[..^1])} or {words[^1]} is needed here.{meant}");
    }

    /// <summary><c>NAME=VALUE</c>; the value may be empty.</summary>
    public static (string Name, string Value) Assignment(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || text.Contains('\0', StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadAssignment, "NAME=VALUE is needed here.");
        }
        return (text[..equals], text[(equals + 1)..]);
    }

    /// <summary>The application's name: it stands in log lines, so no spaces and no control characters.</summary>
    public static string Name(string text)
    {
        if (text.Length is 0 or > 64 || text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)))
        {
            throw new SettingException(ErrorCode.BadName, "a name of 1 to 64 characters without spaces is needed here.");
        }
        return text;
    }

    /// <summary>A path prefix: empty for the root, else <c>/prefix</c> without a slash at its end.</summary>
    public static string Mount(string text)
    {
        var path = text.TrimEnd('/');
        if (path.Length == 0)
        {
            return "";
        }
        var plain = path.All(character => char.IsAsciiLetterOrDigit(character) || "/-._~!$&'()*+,;=:@".Contains(character, StringComparison.Ordinal));
        if (path[0] != '/' || !plain || path[1..].Split('/').Any(segment => segment is "" or "." or ".."))
        {
            throw new SettingException(ErrorCode.BadMount, "a path such as /shop is needed here: a slash first, plain characters, no empty, . or .. segment.");
        }
        return path;
    }

    /// <summary>A path of the application, with a query perhaps: <c>/health</c>.</summary>
    public static string LocalPath(string text)
    {
        if (!text.StartsWith('/') || text.StartsWith("//", StringComparison.Ordinal) || text.Any(character => character is <= ' ' or >= '\x7f' or '#'))
        {
            throw new SettingException(ErrorCode.BadPath, "a path such as /health is needed here: a slash first, plain characters, the rest percent-encoded.");
        }
        return text;
    }

    /// <summary>A path without a query and without escapes: <c>/livez</c>.</summary>
    public static string PlainPath(string text) =>
        text.Contains('?', StringComparison.Ordinal) || text.Contains('%', StringComparison.Ordinal)
            ? throw new SettingException(ErrorCode.BadPath, "a path such as /livez, or off, is needed here: a slash first, plain characters, no query.")
            : LocalPath(text);

    public static string Show(bool value) => value ? "on" : "off";

    public static string Show(TimeSpan time) => time switch
    {
        _ when time == TimeSpan.Zero => "0s",
        _ when time.TotalMilliseconds < 1 => FormattableString.Invariant($"{time.TotalMicroseconds:0}us"),
        _ when time.TotalSeconds < 1 => FormattableString.Invariant($"{time.TotalMilliseconds:0.###}ms"),
        _ when time.Ticks % TimeSpan.TicksPerHour == 0 => FormattableString.Invariant($"{time.TotalHours:0}h"),
        _ => FormattableString.Invariant($"{time.TotalSeconds:0.###}s"),
    };

    public static string ShowSize(long bytes) => bytes switch
    {
        > 0 when bytes % (1L << 30) == 0 => $"{bytes >> 30}G",
        > 0 when bytes % (1L << 20) == 0 => $"{bytes >> 20}M",
        > 0 when bytes % (1L << 10) == 0 => $"{bytes >> 10}K",
        _ => bytes.ToString(CultureInfo.InvariantCulture),
    };
}
