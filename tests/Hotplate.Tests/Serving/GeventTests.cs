namespace Hotplate.Tests.Serving;

/// <summary>An application that is patched by gevent runs with one greenlet a request.</summary>
public sealed class GeventTests(GeventTests.Patched app) : IClassFixture<GeventTests.Patched>
{
    public sealed class Patched() : Served(new ServerCommand("gevent_patched") { Needs = ["gevent"] });

    [Fact]
    public async Task Fifty_that_sleep_overlap_in_one_worker()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => app.Server.GetAsync("/sleep?s=0.3")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.True(answers.Max(answer => answer.Json.GetProperty("peak").GetInt32()) > 20, answers[^1].Text);
    }

    [Theory]
    [InlineData("/spawn")]
    [InlineData("/socket")]
    [InlineData("/thread")]
    [InlineData("/subprocess")]
    public async Task What_gevent_gives_works(string path)
    {
        var answer = await app.Server.GetAsync(path);
        Assert.True(answer.Status == 200 && answer.Json.GetProperty("ok").GetBoolean(), $"{answer.Status} {answer.Text}");
    }

    [Theory]
    [InlineData("on")]
    [InlineData("auto")]
    public async Task Its_patches_are_none_of_the_supervisors_with_preloading_either(string preload)
    {
        await using var server = await new ServerCommand("gevent_patched") { Needs = ["gevent"], Flags = ["-w", "2", "--preload", preload] }.StartAsync();
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var killed = server.Workers[0];
        server.Signal(ServerProcess.SIGKILL, killed);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(killed), "another worker");
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/spawn"))), answer => Assert.True(answer.Json.GetProperty("ok").GetBoolean(), answer.Text));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_greenlet_goes_on_between_requests()
    {
        await app.Server.GetAsync("/");
        await Patience.UntilAsync(async () => (await app.Server.GetAsync("/ticks")).Json.GetProperty("ticks").GetInt32() > 10, "more than ten ticks");
    }

    [Fact]
    public async Task Bodies_and_streams_are_whole()
    {
        Assert.Equal("hello", (await app.Server.GetAsync("/")).Text);
        Assert.Equal("hello", (await app.Server.GetAsync("/bytes")).Text);
        Assert.Equal("3000000", (await app.Server.SendAsync("POST", "/echo", new byte[3_000_000])).Text);
        Assert.Equal("200000", (await app.Server.SendAsync("POST", "/echo", new byte[200_000])).Text);
        Assert.Equal("piece 1\npiece 2\npiece 3\n", (await app.Server.GetAsync("/stream?n=3&gap=0.01")).Text);
    }

    [Fact]
    public async Task A_client_that_leaves_closes_the_iterable()
    {
        var log = app.Folder.File("log");
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/endless?log={log}", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        client.Reset();
        await Patience.UntilAsync(() => File.Exists(log), "it was closed");
    }
}
