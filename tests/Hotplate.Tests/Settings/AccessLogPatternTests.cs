using System.Text;
using Hotplate.Http;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Settings;

public class AccessLogPatternTests
{
    [Theory]
    [InlineData(
        "%(h)s %(l)s %(l)s %(t)s \"%(r)s\" %(s)s %(b)s \"%(f)s\" \"%(a)s\"",
        "10.0.0.1 - - [10/Oct/2026:08:25:36 +0000] \"GET /a?b=c HTTP/1.1\" 200 2326 \"-\" \"curl/8\"")]
    [InlineData("%(m)s %(U)s %(q)s %(H)s %(B)s", "GET /a b=c HTTP/1.1 2326")]
    [InlineData("%(T)s %(M)s %(D)s %(L)s %(p)s", "1 1500 1500000 1.500000 <4182>")]
    [InlineData("%({User-Agent}i)s %({x-forwarded-for}i)s %({X-Request-Id}o)s %({x-trace}i)s 100%%", "curl/8 10.0.0.1 id-1 - 100%")]
    [InlineData("%(u)s %({X-Many}i)s %({x-many}o)s %({ETag}o)s %({x-none}o)s", "anna one, \\\"two\\\" three \\\"x\\\" -")]
    [InlineData(
        "%({REMOTE_ADDR}e)s %({RAW_URI}e)s %({PATH_INFO}e)s %({HTTP_X_MANY}e)s %({wsgi.url_scheme}e)s",
        "10.0.0.1 /a?b=c /a one, \\\"two\\\" https")]
    [InlineData(
        "%(queue_us)s %(app_us)s %(request_id)s %(route)s %(app)s %(tls)s %(sni)s %(host)s %(failure)s",
        "7 8 id-1 /a shop TLSv1.3 a.example a:80 -")]
    [InlineData("ip=%(h)s é\t\"", "ip=10.0.0.1 é \"")]
    public void It_writes_what_gunicorn_would(string pattern, string line)
    {
        var entry = Entry("/a?b=c", "curl/8") with
        {
            RequestHeaders = new HeaderDictionary { ["Authorization"] = "Basic YW5uYTpzZWNyZXQ=", ["X-Many"] = new[] { "one", "\"two\"" } },
            ResponseHeaders = new HeaderDictionary { ["X-Many"] = "three", ["ETag"] = "\"x\"" },
            IsHttps = true,
            Host = "a:80",
            QueueMicroseconds = 7,
            AppMicroseconds = 8,
            Route = "/a",
            App = "shop",
            TlsVersion = "TLSv1.3",
            ServerName = "a.example",
        };
        Assert.Equal(line, Write(pattern, entry));
    }

    private static string Write(string pattern, in AccessLogEntry entry)
    {
        var clock = new AccessLogClock(new FixedTime(), "dd/MMM/yyyy:HH:mm:ss zz", local: true);
        var log = new AccessLogLine(AccessLogPattern.Parse(pattern), clock);
        var written = new EscapedLine(log.Capacity(entry));
        log.Write(ref written, entry);
        return Encoding.UTF8.GetString(written.Written);
    }

    [Fact]
    public void What_a_client_sends_cannot_forge_or_overflow_a_line()
    {
        var log = new AccessLogLine(AccessLogPattern.Parse(string.Concat(Enumerable.Repeat("%(a)s", 20))), new AccessLogClock(TimeProvider.System, "", local: true));
        var entry = Entry("/", new string('\u0001', 5000));
        var written = new EscapedLine(log.Capacity(entry));
        log.Write(ref written, entry);
        Assert.Equal(20 * 5000 * 4, written.Written.Length);
        var field = new string('\u0001', 5000);
        entry = Entry("/", "") with { RequestHeaders = new HeaderDictionary { ["X-Long"] = new[] { field, field } } };
        Assert.Equal(((2 * 5000 * 4) + 2) * 2, Write("%({x-long}i)s%({x-long}i)s", entry).Length);
    }

    [Theory]
    [InlineData("Basic YW5uYTpzZWNyZXQ=", "anna")]
    [InlineData("basic YW5uYTpzZWNyZXQ=", "anna")]
    [InlineData("Basic YSJiCjpj", "a\\\"b\\x0a")]
    [InlineData("Basic OnNlY3JldA==", "-")]
    [InlineData("Basic YW5uYQ==", "-")]
    [InlineData("Basic !!!", "-")]
    [InlineData("Bearer abc", "-")]
    [InlineData(null, "-")]
    public void The_user_is_who_Basic_names_and_never_the_password(string? authorization, string expected)
    {
        var headers = new HeaderDictionary { ["Authorization"] = authorization };
        Assert.Equal(expected, Write("%(u)s", Entry("/", "") with { RequestHeaders = headers }));
    }

    [Fact]
    public void Variables_that_only_the_application_knows_are_named() =>
        Assert.Equal(["{shop.user}e", "{PYTHON}e"], AccessLogPattern.Parse("%({shop.user}e)s %({HTTP_X}e)s %(l)s %({PYTHON}e)s").Unknown);

    [Theory]
    [InlineData("%(z)s", "at character 1: %(z)s is not known. There are h, ")]
    [InlineData("%(h)s %(st)s", "at character 7: %(st)s is not known. ")]
    [InlineData("%(h)s %(request-id)s", "at character 7: %(request-id)s is not known. Did you mean %(request_id)s?")]
    [InlineData("%({x-trace}x)s", "at character 1: %({x-trace}x)s is not known. ")]
    [InlineData("%({}i)s", "at character 1: %({}i)s is not known. ")]
    [InlineData("%({a b}i)s", "at character 1: %({a b}i)s is not known. ")]
    [InlineData("%%%(h)s%", "at character 8: a % begins ")]
    public void What_is_no_atom_is_told_with_its_place(string pattern, string expected) =>
        Assert.StartsWith(
            expected, Assert.Throws<SettingException>(() => AccessLogPattern.Parse(pattern)).Message, StringComparison.Ordinal);

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
