using System.Globalization;
using System.Text;

namespace Hotplate.Http;

/// <summary>The time as text, made once a second: formatting a date costs more than the rest of a log line.</summary>
/// <remarks>Safe to call from any thread; a lost race makes the text once more.</remarks>
internal sealed class AccessLogClock(TimeProvider time, string format, bool local, bool offset = true)
{
    private Second current = new(-1, []);

    internal ReadOnlySpan<byte> Now(out int millisecond)
    {
        var now = time.GetUtcNow();
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        millisecond = now.Millisecond;
        var known = Volatile.Read(ref current);
        if (known.Number != second)
        {
            known = new Second(second, Make(now));
            Volatile.Write(ref current, known);
        }
        return known.Text;
    }

    private byte[] Make(DateTimeOffset utc)
    {
        var shown = local ? TimeZoneInfo.ConvertTime(utc, time.LocalTimeZone) : utc;
        var text = shown.ToString(format, CultureInfo.InvariantCulture);
        // .NET has no offset without a colon; Apache writes +0200.
        return Encoding.ASCII.GetBytes(local && offset ? text + Math.Abs(shown.Offset.Minutes).ToString("00", CultureInfo.InvariantCulture) : text);
    }

    private sealed record Second(long Number, byte[] Text);
}
