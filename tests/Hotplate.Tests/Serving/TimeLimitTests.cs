using System.Text.RegularExpressions;

namespace Hotplate.Tests.Serving;

/// <summary>A request over its time limit gets 504, its thread an exception, the log its stack; no neighbour notices.</summary>
public sealed partial class TimeLimitTests
{
    [Theory]
    [InlineData("/wait")]
    [InlineData("/burn")]
    public async Task One_that_Python_can_reach_is_ended_and_its_finally_block_runs(string path)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("late", "-t", "500ms");
        var before = Assert.Single(server.Workers);

        var answer = await server.SendAsync("POST", $"{path}?log={folder.File("log")}");

        Assert.Equal(504, answer.Status);
        Assert.Contains("did not answer in time", answer.Text, StringComparison.Ordinal);
        await LinesAsync(folder, "finally", 1);
        var line = await server.Errors.WaitForAsync("was ended: nothing came of it for 0.5 s");
        Assert.Contains($"POST {path}?", line, StringComparison.Ordinal);
        Assert.Contains(answer["X-Request-Id"]!, line, StringComparison.Ordinal);
        Assert.Matches(Times(), line);
        Assert.Contains($"worker {before}: an exception was raised in its thread", line, StringComparison.Ordinal);
        await server.Errors.WaitForAsync(path == "/burn" ? "in burn" : "in wait");
        Assert.DoesNotContain("RequestInterrupted", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None), static line => line.StartsWith("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_worker_is_replaced_and_the_site_serves_on()
    {
        await using var server = await ServerProcess.StartAsync("late", "-t", "300ms");
        var before = Assert.Single(server.Workers);
        Assert.Equal(504, (await server.GetAsync("/wait")).Status);
        await server.Errors.WaitForAsync($"worker {before} is replaced: a request of its ran over the time limit");
        await Patience.UntilAsync(() => server.Workers is [var other] && other != before, "another worker in its place");
        Assert.StartsWith("hello", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task One_in_C_code_that_released_the_GIL_gets_504_and_its_neighbours_succeed()
    {
        await using var server = await ServerProcess.StartAsync("late", "-t", "3");
        var before = Assert.Single(server.Workers);
        var stuck = server.GetAsync("/nogil?s=600");
        await Task.Delay(2_000, CancellationToken.None);
        var neighbours = Enumerable.Range(0, 7).Select(_ => server.SendAsync("POST", "/wait?s=2")).ToList();

        Assert.Equal(504, (await stuck).Status);
        Assert.All(await Task.WhenAll(neighbours), answer => Assert.Equal((200, $"hello {before}"), (answer.Status, answer.Text)));
        await server.Errors.WaitForAsync("in c_sleep");
        await server.Errors.WaitForAsync($"worker {before} is killed: nothing is left to finish");
        await Patience.UntilAsync(() => server.Workers is [var other] && other != before, "another worker in its place");
    }

    [Fact]
    public async Task One_that_keeps_the_GIL_has_its_worker_killed_and_safe_neighbours_run_again()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("late", "-t", "2");
        var before = Assert.Single(server.Workers);
        var neighbours = Enumerable.Range(0, 3).Select(n => server.GetAsync($"/sleep?s=1&id={n}&log={folder.File("log")}")).ToList();
        var unsafeNeighbour = server.SendAsync("POST", $"/sleep?s=1&id=post&log={folder.File("log")}");
        await LinesAsync(folder, "began", 4);

        Assert.Equal(504, (await server.GetAsync("/gil?s=600")).Status);

        await server.Errors.WaitForAsync("its thread cannot be interrupted");
        await server.Errors.WaitForAsync("in c_sleep");
        await server.Errors.WaitForAsync("it waits for the GIL, which another does not let go");
        await server.Errors.WaitForAsync($"worker {before} is killed: no thread of it gets the GIL");
        Assert.All(await Task.WhenAll(neighbours), answer => Assert.Equal(200, answer.Status));
        Assert.Equal(502, (await unsafeNeighbour).Status);
    }

    [Fact]
    public async Task One_that_swallows_the_exception_goes_with_its_worker()
    {
        await using var server = await ServerProcess.StartAsync("late", "-t", "300ms");
        var before = Assert.Single(server.Workers);
        Assert.Equal(504, (await server.GetAsync("/swallow")).Status);
        await server.Errors.WaitForAsync($"worker {before} is killed: nothing is left to finish");
        await Patience.UntilAsync(() => server.Workers is [var other] && other != before, "another worker in its place");
    }

    [Fact]
    public async Task A_stream_is_cut_when_its_next_piece_does_not_come_and_not_while_pieces_come()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("late", "-t", "1");
        var moving = server.GetAsync("/pieces?n=6&s=0.5");
        var stalled = await server.GetAsync($"/stall?log={folder.File("log")}");
        Assert.Equal((200, false, "piece 0\n"), (stalled.Status, stalled.IsComplete, stalled.Text));
        await LinesAsync(folder, "finally", 1);
        var whole = await moving;
        Assert.True(whole.IsComplete);
        Assert.EndsWith("piece 5\n", whole.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_reads_slowly_is_no_reason_to_end_the_request()
    {
        await using var server = await ServerProcess.StartAsync("late", "-t", "500ms", "--max-response-spool", "0", "--spool-threshold", "4K");
        using var client = await RawClient.ConnectAsync(server.EndPoint(), receiveBuffer: 4096);
        await client.RequestAsync("GET", "/big?mb=16", ["Connection: close"]);
        await Task.Delay(3_000, CancellationToken.None);
        var answer = await client.ReadAsync();
        Assert.Equal((200, true, 16 << 20), (answer.Status, answer.IsComplete, answer.Body.Length));
        Assert.DoesNotContain("was ended", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_limit_nothing_is_ended()
    {
        await using var server = await ServerProcess.StartAsync("late", "--timeout", "0");
        Assert.StartsWith("hello", (await server.GetAsync("/sleep?s=2")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("was ended", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_one_is_told_once_while_it_runs_and_is_answered()
    {
        await using var server = await ServerProcess.StartAsync("late", "--slow-request", "300ms");
        var answer = await server.GetAsync("/nogil?s=2");
        Assert.Equal(200, answer.Status);
        var line = await server.Errors.WaitForAsync("is slow");
        Assert.Contains($"GET /nogil?s=2 is slow: ", line, StringComparison.Ordinal);
        Assert.Contains(answer["X-Request-Id"]!, line, StringComparison.Ordinal);
        await server.Errors.WaitForAsync("in c_sleep");
        Assert.Single(server.Errors.Lines, static line => line.Contains("is slow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_greenlet_is_ended_and_no_other()
    {
        await using var server = await new ServerCommand("gevent_patched") { Needs = ["gevent"], Flags = ["-t", "1"] }.StartAsync();
        var before = Assert.Single(server.Workers);
        var late = server.GetAsync("/sleep?s=600");
        await Task.Delay(700, CancellationToken.None);
        var neighbour = server.GetAsync("/sleep?s=0.8");
        Assert.Equal(504, (await late).Status);
        Assert.Equal(200, (await neighbour).Status);
        await server.Errors.WaitForAsync("GET /sleep?s=600 was ended");
        await server.Errors.WaitForAsync("in sleep");
        await Patience.UntilAsync(() => server.Workers is [var other] && other != before, "another worker in its place");
    }

    private static Task LinesAsync(TemporaryFolder folder, string what, int count) => Patience.UntilAsync(
        () => File.Exists(folder.File("log")) && File.ReadAllLines(folder.File("log")).Count(line => line.StartsWith(what, StringComparison.Ordinal)) == count,
        $"{count} lines \"{what}\"");

    [GeneratedRegex(@"\d+ ms in the queue, \d+\.\d+ s running")]
    private static partial Regex Times();
}
