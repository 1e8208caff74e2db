namespace Hotplate.Tests.Serving;

/// <summary><c>--preload on</c>: one import, forked workers.</summary>
public sealed class PreloadTests
{
    [Fact]
    public async Task The_application_is_imported_once_in_the_zygote()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on", "-w", "3", "--threads", "1");
        var seen = await AskAllAsync(server, 3);
        Assert.All(seen.Values, answer => Assert.Equal(server.Zygote, answer.Json.GetProperty("imported_in").GetInt32()));
        Assert.All(seen.Values, answer => Assert.Equal(server.Zygote, answer.Json.GetProperty("ppid").GetInt32()));
    }

    [Fact]
    public async Task Without_it_each_worker_imports_for_itself()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "off", "-w", "2", "--threads", "1");
        var seen = await AskAllAsync(server, 2);
        Assert.All(seen, pair => Assert.Equal(pair.Key, pair.Value.Json.GetProperty("imported_in").GetInt32()));
    }

    [Fact]
    public async Task A_killed_worker_is_forked_anew_without_another_import()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on");
        var zygote = server.Zygote;
        var pid = Assert.Single(server.Workers);
        server.Signal(ServerProcess.SIGKILL, pid);
        await Patience.UntilAsync(() => server.Workers is [var other] && other != pid, "another worker");
        Assert.Equal(zygote, (await server.GetAsync("/")).Json.GetProperty("imported_in").GetInt32());
    }

    [Fact]
    public async Task Flask_and_its_bodies_streams_and_errors_work_the_same()
    {
        await using var server = await new ServerCommand("flask_features") { Needs = ["flask"], Flags = ["--preload", "on", "-w", "2"] }.StartAsync();
        Assert.Equal("piece 1\npiece 2\npiece 3\n", (await server.GetAsync("/stream?n=3&gap=0")).Text);
        Assert.Equal(100_000, (await server.GetAsync("/file")).Body.Length);
        Assert.Equal(500, (await server.GetAsync("/error")).Status);
        Assert.Equal(300_000, (await server.SendAsync("POST", "/chunked", new byte[300_000])).Json.GetProperty("length").GetInt32());
    }

    /// <summary>Asks until every worker has answered.</summary>
    private static async Task<Dictionary<int, RawResponse>> AskAllAsync(ServerProcess server, int workers)
    {
        Dictionary<int, RawResponse> seen = [];
        await Patience.UntilAsync(
            async () =>
            {
                foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.GetAsync("/"))))
                {
                    seen[answer.Json.GetProperty("pid").GetInt32()] = answer;
                }
                return seen.Count == workers;
            },
            $"{workers} workers have answered");
        return seen;
    }
}
