using System.Net;

namespace Hotplate.Tests.Serving;

/// <summary><c>--hsts</c> and <c>--secure-headers</c>.</summary>
public sealed class AnswerFieldsTests(AnswerFieldsTests.Sending sending) : IClassFixture<AnswerFieldsTests.Sending>
{
    private const string Hsts = "Strict-Transport-Security";
    private const string Https = "X-Forwarded-Proto: https";
    private static readonly string[] s_secure = ["X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"];

    public sealed class Sending() : Served(new ServerCommand("answer_fields")
    {
        Flags = ["--hsts", "365d,subdomains", "--secure-headers", "--hosts", "plate.test", "-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0"],
        Binds = 2,
    });

    [Fact]
    public async Task Browsers_are_told_to_stay_with_https_in_answers_over_https_only()
    {
        Assert.Null((await sending.Server.GetAsync("/"))[Hsts]);
        Assert.Equal("max-age=31536000; includeSubDomains", (await sending.Server.GetAsync("/", Https))[Hsts]);
        Assert.Null((await sending.Server.GetAsync("/"))[Hsts]);
        Assert.Null((await sending.Server.GetAsync("/"))["Cross-Origin-Opener-Policy"]);
        Assert.Equal("same-origin-allow-popups", (await sending.Server.GetAsync("/", Https))["Cross-Origin-Opener-Policy"]);
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/streamed", 200)]
    [InlineData("/fails", 500)]
    [InlineData("/empty", 204)]
    public async Task Every_answer_has_them_pages_of_failures_too(string path, int status)
    {
        using var client = await sending.Server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.RequestAsync("GET", path, [Https]);
            var answer = await client.ReadAsync();
            Assert.Equal(status, answer.Status);
            Assert.Equal("nosniff SAMEORIGIN strict-origin-when-cross-origin", string.Join(' ', s_secure.Select(name => answer[name])));
            Assert.NotNull(answer[Hsts]);
            Assert.Distinct(answer.Fields.Select(static field => field.Name), StringComparer.OrdinalIgnoreCase);
        }
        Assert.Equal("nosniff", (await sending.Server.GetAsync("/", "Host: evil.example"))["X-Content-Type-Options"]);
    }

    [Fact]
    public async Task What_the_application_has_set_stays()
    {
        var answer = await sending.Server.GetAsync("/own", Https);
        Assert.Equal("DENY no-referrer max-age=60",
            string.Join(' ', new[] { "X-Frame-Options", "Referrer-Policy", Hsts }.Select(name => answer[name])));
        Assert.Equal("nosniff", answer["X-Content-Type-Options"]);
        Assert.Single(answer.Fields, static field => field.Name.Equals(Hsts, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Over_HTTP2_as_well()
    {
        using var client = new HttpClient();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{sending.Server.EndPoint(1)}/")
            {
                Headers = { Host = "plate.test" },
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("SAMEORIGIN", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        }
    }

    [Fact]
    public async Task A_route_can_change_and_remove_them()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("hotplate.toml", """
            secure-headers = true
            hsts = "60"
            [[routes]]
            path = "/*"
            return = 200
            body = "hello"
            response-headers = { set = { X-Frame-Options = "DENY" }, remove = ["Referrer-Policy"] }

            """);
        await using var server = await new ServerCommand("answer_fields") { Flags = ["-c", file] }.StartAsync();
        var answer = await server.GetAsync("/", Https);
        Assert.Equal("nosniff DENY ", string.Join(' ', s_secure.Select(name => answer[name])));
        Assert.Equal("max-age=60", answer[Hsts]);
    }

    [Fact]
    public async Task Without_the_flags_there_are_none()
    {
        await using var server = await ServerProcess.StartAsync("answer_fields");
        var answer = await server.GetAsync("/", Https);
        Assert.Equal(200, answer.Status);
        Assert.DoesNotContain(answer.Fields, static field => s_secure.Append(Hsts).Contains(field.Name, StringComparer.OrdinalIgnoreCase));
    }
}
