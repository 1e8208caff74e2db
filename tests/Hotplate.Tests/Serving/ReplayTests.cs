using System.Text.Json;
using Hotplate.Tests.Control;

namespace Hotplate.Tests.Serving;

/// <summary>What runs again when a worker dies, what does not, and what the log says of it.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Once => $"/once?flag={folder.File("flag")}&log={folder.File("log")}";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Safe_methods_run_again(string method)
    {
        await using var server = await ServerProcess.StartAsync("crash");
        Assert.StartsWith("second time", (await server.SendAsync(method, Once)).Text, StringComparison.Ordinal);
        await server.Errors.WaitForAsync($"{method} /once?");
        await server.Errors.WaitForAsync(" runs again");
    }

    [Fact]
    public async Task Nothing_does_with_no_replay()
    {
        await using var server = await ServerProcess.StartAsync("crash", "--no-replay", "--replay-idempotency-key");
        Assert.Equal(502, (await server.SendAsync("GET", Once, null, "Idempotency-Key: 1")).Status);
        Assert.Single(await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None));
    }

    [Theory]
    [InlineData("--replay-idempotency-key", true, "second time")]
    [InlineData("--replay-idempotency-key", false, null)]
    [InlineData("--replay-idempotency-key=off", true, null)]
    public async Task A_POST_with_an_idempotency_key_runs_again_where_that_is_wanted(string flag, bool key, string? answer)
    {
        await using var server = await ServerProcess.StartAsync("crash", flag);
        var got = await server.SendAsync("POST", Once, "body"u8.ToArray(), key ? ["Idempotency-Key: 4711"] : []);
        Assert.Equal(answer is null ? 502 : 200, got.Status);
        Assert.Equal(answer is null ? 1 : 2, (await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None)).Length);
    }

    [Fact]
    public async Task The_application_may_say_that_a_request_must_not_run_again()
    {
        await using var server = await ServerProcess.StartAsync("crash");
        Assert.Equal(502, (await server.GetAsync(Once + "&forbid=1")).Status);
        Assert.Single(await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None));
        await server.Errors.WaitForAsync(" failed");
    }

    [Theory]
    [InlineData("GET", 2)]
    [InlineData("POST", 1)]
    public async Task A_request_that_crashes_kills_two_workers_at_most_and_is_named(string method, int deaths)
    {
        var socket = folder.File("control.sock");
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--control", socket);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var neighbours = Enumerable.Range(0, 4).Select(_ => server.GetAsync("/sleep?s=1")).ToList();

        var answer = await server.SendAsync(method, $"/segfault?log={folder.File("log")}");

        Assert.Equal(502, answer.Status);
        Assert.Equal(deaths, (await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None)).Length);
        Assert.All(await Task.WhenAll(neighbours), static neighbour => Assert.Equal(200, neighbour.Status));
        await server.Errors.WaitForAsync(line => line.Contains("signal 11 (SIGSEGV)", StringComparison.Ordinal) && line.Contains($"{method} /segfault?", StringComparison.Ordinal), deaths, "the deaths");
        await server.Errors.WaitForAsync($"{method} /segfault?log={folder.File("log")} is given up: {deaths} workers died while they ran it; request {answer["X-Request-Id"]}");
        await server.Errors.WaitForAsync(line => line.StartsWith("  File ", StringComparison.Ordinal) && line.Contains("in string_at", StringComparison.Ordinal), "the stack of the thread that crashed");
        var status = JsonDocument.Parse(await ClientCommand.OutputAsync("status", "--json", "--control", socket)).RootElement;
        Assert.Equal($"/segfault?log={folder.File("log")}", Assert.Single(status.GetProperty("poisons").EnumerateArray()).GetProperty("path").GetString());
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task The_log_has_the_last_words()
    {
        await using var server = await ServerProcess.StartAsync("crash");
        Assert.Equal(502, (await server.SendAsync("POST", "/stderr")).Status);
        var line = await server.Errors.WaitForAsync("exited: exit 1; starting another at once; 1 had begun: POST /stderr (");
        Assert.EndsWith(") failed", line, StringComparison.Ordinal);
        await server.Errors.WaitForAsync(static one => one == "last words: the plate is too hot", "them, below that line");
    }

    [Fact]
    public async Task A_worker_that_is_killed_from_outside_costs_its_requests_nothing()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        for (var round = 0; round < 6; round++)
        {
            var asked = Enumerable.Range(0, 8).Select(_ => server.GetAsync("/sleep?s=0.2")).ToList();
            await Task.Delay(50, CancellationToken.None);
            server.Signal(ServerProcess.SIGKILL, server.Workers[0]);
            Assert.All(await Task.WhenAll(asked), static answer => Assert.Equal(200, answer.Status));
            await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers again");
        }
    }
}
