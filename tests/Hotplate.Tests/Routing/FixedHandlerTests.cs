using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Tests.Routing;

public class FixedHandlerTests
{
    [Fact]
    public async Task A_status_alone_is_answered_with_it()
    {
        var answer = await AskAsync("return = 200");
        Assert.Equal((200, 0L, ""), (answer.Status, answer.Answer.ContentLength, answer.Body));
    }

    [Fact]
    public async Task An_error_says_what_it_is()
    {
        var answer = await AskAsync("return = 403");
        Assert.Equal((403, "text/html; charset=utf-8"), (answer.Status, answer.Answer.ContentType.ToString()));
        Assert.Contains("<h1>Forbidden</h1>", answer.Body);
        Assert.Equal(answer.Body.Length, answer.BytesSent);
    }

    [Fact]
    public async Task Of_404_the_page_is_the_server_s() => Assert.Equal(RequestFailure.NotFound, (await AskAsync("return = 404")).Failure);

    [Fact]
    public async Task A_body_is_given_as_it_is()
    {
        var answer = await AskAsync("return = 404\nbody = '{\"a\":1}'\ncontent-type = \"application/json\"\n");
        Assert.Equal((404, "application/json"), (answer.Status, answer.Answer.ContentType.ToString()));
        Assert.Equal(("{\"a\":1}", 7L), (answer.Body, answer.Answer.ContentLength));
        Assert.Equal("text/plain; charset=utf-8", (await AskAsync("return = 200\nbody = \"hello\"\n")).Answer.ContentType.ToString());
    }

    [Fact]
    public async Task HEAD_gets_no_body()
    {
        var answer = await AskAsync("return = 200\nbody = \"hello\"\n", "HEAD");
        Assert.Equal((5L, "", 0L), (answer.Answer.ContentLength, answer.Body, answer.BytesSent));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task What_has_no_body_has_no_length(int status) =>
        Assert.Null((await AskAsync($"return = {status}")).Answer.ContentLength);

    [Fact]
    public async Task Maintenance_is_503_and_says_when_to_come_back()
    {
        var answer = await AskAsync("maintenance = true\nretry-after = \"10m\"\n");
        Assert.Equal((503, "600", "no-store"), (answer.Status, answer.Answer.RetryAfter.ToString(), answer.Answer.CacheControl.ToString()));
        Assert.Contains("being worked on", answer.Body);
    }

    [Fact]
    public async Task Maintenance_may_have_a_page_of_its_own()
    {
        using var folder = new TemporaryFolder();
        folder.Write("closed.html", "<p>closed</p>");
        var action = (RouteAction.Maintenance)RouteFile.One("maintenance = true\npage = \"closed.html\"\n", folder.Path).Action;
        Assert.Equal("<p>closed</p>", (await AskedVisit.Of("GET", "/").ByAsync(new FixedHandler(action))).Body);
    }

    private static Task<AskedVisit> AskAsync(string keys, string method = "GET") =>
        AskedVisit.Of(method, "/").ByAsync(RouteFile.One(keys).Action switch
        {
            RouteAction.Maintenance maintenance => new FixedHandler(maintenance),
            var action => new FixedHandler((RouteAction.Fixed)action),
        });
}
