using System.Text;
using Hotplate.Http;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public class AccessLogPatternTests
{
    [Theory]
    [InlineData("%(h)s %(l)s %(u)s %(t)s \"%(r)s\" %(s)s %(b)s \"%(f)s\" \"%(a)s\"", "10.0.0.1 - - [10/Oct/2026:08:25:36 +0000] \"GET /a?b=c HTTP/1.1\" 200 2326 \"-\" \"curl/8\"")]
    [InlineData("%(m)s %(U)s %(q)s %(H)s %(B)s", "GET /a b=c HTTP/1.1 2326")]
    [InlineData("%(T)s %(M)s %(D)s %(L)s %(p)s", "1 1500 1500000 1.500000 <4182>")]
    [InlineData("%({User-Agent}i)s %({x-forwarded-for}i)s %({X-Request-Id}o)s %({x-trace}i)s 100%%", "curl/8 10.0.0.1 id-1 - 100%")]
    [InlineData("ip=%(h)s é\t\"", "ip=10.0.0.1 é \"")]
    public void It_writes_what_gunicorn_would(string pattern, string line)
    {
        var log = new AccessLogLine(AccessLogPattern.Parse(pattern), new AccessLogClock(new FixedTime(), "dd/MMM/yyyy:HH:mm:ss zz", local: true));
        var entry = Entry("/a?b=c", "curl/8");
        var written = new EscapedLine(log.Capacity(entry));
        log.Write(ref written, entry);
        Assert.Equal(line, Encoding.UTF8.GetString(written.Written));
    }

    [Fact]
    public void What_a_client_sends_cannot_forge_or_overflow_a_line()
    {
        var log = new AccessLogLine(AccessLogPattern.Parse(string.Concat(Enumerable.Repeat("%(a)s", 20))), new AccessLogClock(TimeProvider.System, "", local: true));
        var entry = Entry("/", new string('\u0001', 5000));
        var written = new EscapedLine(log.Capacity(entry));
        log.Write(ref written, entry);
        Assert.Equal(20 * 5000 * 4, written.Written.Length);
    }

    [Fact]
    public void What_is_not_kept_is_named() => Assert.Equal(["{x-trace}i", "z"], AccessLogPattern.Parse("%({x-trace}i)s %(z)s").Unknown);

    [Theory]
    [InlineData("%(h)")]
    [InlineData("%h")]
    [InlineData("100% %(h)s")]
    public void A_percent_sign_that_begins_nothing_is_refused(string pattern) => Assert.Throws<SettingException>(() => AccessLogPattern.Parse(pattern));

    private static AccessLogEntry Entry(string target, string agent) => new()
    {
        Remote = "10.0.0.1",
        Method = "GET",
        Target = target,
        Protocol = "HTTP/1.1",
        Status = 200,
        Bytes = 2326,
        UserAgent = agent,
        RequestId = "id-1",
        TotalMicroseconds = 1_500_000,
        WorkerPid = 4182,
    };

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 10, 10, 8, 25, 36, TimeSpan.Zero);
    }
}
