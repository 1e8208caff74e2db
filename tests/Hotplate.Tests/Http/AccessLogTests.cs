using System.Text.Json;
using Hotplate.Http;
using Hotplate.Observability;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Http;

public class AccessLogTests
{
    [Fact]
    public void A_combined_line_is_Apaches() => Assert.Equal(
        "203.0.113.5 - - [10/Oct/2026:13:55:36 +0530] \"GET /a?b=c HTTP/1.1\" 200 2326 \"http://example.com/\" \"curl/8\"\n",
        Write(AccessLogFormat.Combined, "/a?b=c", "http://example.com/", "curl/8"));

    [Fact]
    public void What_is_missing_is_a_dash() => Assert.EndsWith(
        "] \"GET / HTTP/1.1\" 200 2326 \"-\" \"-\"\n", Write(AccessLogFormat.Combined, "/", null, ""), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\" 200 1 \"x", "a\\\" 200 1 \\\"x")]
    [InlineData("a\\", "a\\\\")]
    [InlineData("a\nb", "a\\x0ab")]
    [InlineData("\u001b[31m", "\\x1b[31m")]
    [InlineData("caf\u00e9", "caf\\xe9")]
    [InlineData("\u009b", "\\x9b")]
    public void A_client_cannot_forge_a_combined_line(string agent, string written) => Assert.EndsWith(
        $"\"-\" \"{written}\"\n", Write(AccessLogFormat.Combined, "/", null, agent), StringComparison.Ordinal);

    [Theory]
    [InlineData("curl/8")]
    [InlineData("a\",\"status\":200,\"x\":\"")]
    [InlineData("a\\")]
    [InlineData("a\nb\u001b\u007f\u009b")]
    [InlineData("caf\u00e9 \u00ff")]
    public void A_JSON_line_is_one_object_with_what_the_client_said(string agent)
    {
        var line = Write(AccessLogFormat.Json, "/a?b=c", null, agent);
        Assert.Equal(1, line.Count(c => c is '\n'));
        Assert.DoesNotContain(line, c => c is not '\n' && char.IsControl(c));

        using var entry = JsonDocument.Parse(line);
        var root = entry.RootElement;
        Assert.Equal(agent, root.GetProperty("user_agent.original").GetString());
        Assert.Equal("2026-10-10T08:25:36.007Z", root.GetProperty("time").GetString());
        Assert.Equal(2326, root.GetProperty("http.response.body.size").GetInt64());
    }

    [Fact]
    public void JSON_has_the_names_of_OpenTelemetry_and_ours() => Assert.Equal(
        """
        {"time":"2026-10-10T08:25:36.007Z","http.response.status_code":200,"client.address":"203.0.113.5","http.request.method":"GET",
        "url.path":"/a","url.query":"b=c","url.scheme":"https","server.address":"shop.example","network.protocol.version":"1.1",
        "http.response.body.size":2326,"http.server.request.duration":1.000040,"user_agent.original":"curl/8",
        "http.request.header.referer":["http://example.com/"],"tls.protocol.version":"1.3","tls.client.server_name":"shop.example",
        "error.type":"app_failed","hotplate.request_id":"abc-1","hotplate.app":"shop","hotplate.route":"/a","hotplate.worker.pid":4182,
        "hotplate.queue.duration":0.000010,"hotplate.app.duration":0.000020}
        """.Replace("\n", "", StringComparison.Ordinal) + "\n",
        Write(AccessLogFormat.Json, Entry("/a?b=c", "http://example.com/", "curl/8") with
        {
            RequestHeaders = new HeaderDictionary(),
            IsHttps = true,
            Host = "Shop.Example:443",
            TotalMicroseconds = 1_000_040,
            TlsVersion = "TLSv1.3",
            ServerName = "shop.example",
            Failure = "app_failed",
            App = "shop",
            Route = "/a",
        }));

    [Fact]
    public void What_is_not_known_is_not_in_JSON() => Assert.Equal(
        """
        {"time":"2026-10-10T08:25:36.007Z","http.response.status_code":400,"http.response.body.size":0,
        "http.server.request.duration":0.000000,"hotplate.request_id":"abc-1"}
        """.Replace("\n", "", StringComparison.Ordinal) + "\n",
        Write(AccessLogFormat.Json, new AccessLogEntry
        {
            Remote = "",
            Line = "\u0016",
            Method = "-",
            Target = "-",
            Protocol = "-",
            Status = 400,
            RequestId = "abc-1",
        }));

    [Theory]
    [InlineData("http://a/b?c", "\"url.full\":\"http://a/b?c\"")]
    [InlineData("*", "\"url.path\":\"*\"")]
    [InlineData("/?", "\"url.path\":\"/\",\"network.protocol.version\"")]
    public void A_target_is_told_as_what_it_is(string target, string expected) =>
        Assert.Contains(expected, Write(AccessLogFormat.Json, target, null, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("203.0.113.5", "203.0.113.0")]
    [InlineData("::ffff:203.0.113.5", "203.0.113.0")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1::")]
    [InlineData("::1", "::")]
    [InlineData("fe80::1%2", "fe80::")]
    [InlineData("", "")]
    [InlineData("unknown", "unknown")]
    public void An_address_without_its_end_is_a_network_s(string address, string expected) =>
        Assert.Equal(expected, ShortAddress.Of(address));

    [Fact]
    public void A_rotated_file_is_left_for_a_new_one()
    {
        var directory = Directory.CreateTempSubdirectory("hotplate").FullName;
        try
        {
            var path = Path.Combine(directory, "access.log");
            File.WriteAllText(path, "kept\n");
            using var files = new LogFiles();
            var lines = files.Open(path);
            var log = new AccessLog(lines, AccessLogFormat.Combined, TimeProvider.System);
            log.Write(Entry("/first", null, null));
            lines.Flush();
            File.Move(path, path + ".1");
            files.Reopen(Assert.Fail);
            log.Write(Entry("/second", null, null));
            lines.Flush();

            Assert.StartsWith("kept\n", File.ReadAllText(path + ".1"), StringComparison.Ordinal);
            Assert.Contains("/first", File.ReadAllText(path + ".1"), StringComparison.Ordinal);
            Assert.Contains("/second", Assert.Single(File.ReadAllLines(path)), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_told()
    {
        using var standard = new LineWriter(() => new MemoryStream());
        using var files = new LogFiles();
        var settings = new LogSettings { AccessLogFile = "/nonexistent/access.log" };
        var error = Assert.Throws<ListenException>(() => AccessLog.Open(settings, standard, files, TimeProvider.System));
        Assert.StartsWith("HP307  --access-logfile /nonexistent/access.log: ", error.Message, StringComparison.Ordinal);
    }

    private static string Write(AccessLogFormat format, string target, string? referer, string? agent) =>
        Write(format, Entry(target, referer, agent));

    private static string Write(AccessLogFormat format, in AccessLogEntry entry)
    {
        var written = new MemoryStream();
        using (var lines = new LineWriter(() => written))
        {
            new AccessLog(lines, format, new FixedTime()).Write(entry);
        }
        return System.Text.Encoding.UTF8.GetString(written.ToArray());
    }

    private static AccessLogEntry Entry(string target, string? referer, string? agent) => new()
    {
        Remote = "203.0.113.5",
        Method = "GET",
        Target = target,
        Protocol = "HTTP/1.1",
        Status = 200,
        Bytes = 2326,
        Referer = referer,
        UserAgent = agent,
        RequestId = "abc-1",
        QueueMicroseconds = 10,
        AppMicroseconds = 20,
        TotalMicroseconds = 40,
        WorkerPid = 4182,
    };

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", new TimeSpan(5, 30, 0), null, null);

        public override DateTimeOffset GetUtcNow() => new(2026, 10, 10, 8, 25, 36, 7, TimeSpan.Zero);
    }
}
