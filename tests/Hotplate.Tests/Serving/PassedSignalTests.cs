using System.Diagnostics;
using System.Net.Sockets;
using Hotplate.Tests.Control;

namespace Hotplate.Tests.Serving;

/// <summary>After an upgrade signals to the old process's number reach the server that serves.</summary>
/// <remarks>Where more than one thing is done, a client's request keeps the old process: it leaves by itself after seconds.</remarks>
public sealed class PassedSignalTests : IDisposable
{
    private const int QUIT = 3;
    private const int USR2 = 12;
    private const int TTIN = 21;
    private readonly ReplaceableServer site = new();

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task The_old_process_stays_for_seconds_with_nothing_to_finish()
    {
        await using var server = await site.StartAsync("hello");
        var began = Stopwatch.GetTimestamp();
        await ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        var next = site.Pid();
        await EndedAsync(server);
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(3), "it ended at once");
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        server.Signal(ServerProcess.SIGTERM, next);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task What_concerns_the_server_is_done_by_the_one_that_serves()
    {
        var log = site.Folder.File("access.log");
        await using var server = await site.StartAsync("streaming", "--access-logfile", log);
        using var client = await HoldAsync(server);
        await ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        File.Move(log, log + ".1");
        server.Signal(ServerProcess.SIGHUP);
        await Patience.UntilAsync(() => File.Exists(log), "HUP opens the log anew");
        await Patience.UntilAsync(async () => await GenerationAsync() == 2, "HUP loads the application anew");
        await server.GetAsync("/?n=1&here");
        await Patience.UntilAsync(() => File.ReadAllText(log).Contains("&here", StringComparison.Ordinal), "the new log is written");
        server.Signal(TTIN);
        await server.ServedByAsync(2, site.Control);
        var second = site.Pid();
        server.Signal(USR2);
        await Patience.UntilAsync(() => File.Exists(site.PidFile) && site.Pid() != second, "a third process has the pid file");
        site.Folder.Write("go");
        server.Signal(ServerProcess.SIGTERM, site.Pid());
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData(ServerProcess.SIGTERM)]
    [InlineData(ServerProcess.SIGINT)]
    [InlineData(QUIT)]
    public async Task A_stop_ends_both(int signal)
    {
        await using var server = await site.StartAsync("hello", "--graceful-timeout", "60s");
        await ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        server.Signal(signal);
        Assert.Equal(0, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task As_gunicorn_is_upgraded_USR2_and_a_stop_end_the_old_one_alone()
    {
        await using var server = await site.StartAsync("streaming");
        using var client = await HoldAsync(server);
        server.Signal(USR2);
        await Patience.UntilAsync(() => File.Exists(site.PidFile) && site.Pid() != server.Pid, "another process has the pid file");
        var next = site.Pid();
        await server.Errors.WaitForAsync(static line => line.Contains("has taken over", StringComparison.Ordinal), 1, "the old one stops");
        server.Signal(QUIT);
        await EndedAsync(server);
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        Assert.Equal(next, site.Pid());
        server.Signal(ServerProcess.SIGTERM, next);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task What_comes_while_the_new_one_loads_is_for_it_as_well()
    {
        await using var server = await site.StartAsync("hello");
        var (began, go) = (site.Folder.File("began"), site.Folder.File("go"));
        var wait = $"touch {began}\nwhile [ ! -e {go} ]; do sleep 0.02; done\n";
        site.Put($"#!/bin/sh\n[ \"$1\" = --version ] && exec echo hotplate 9.9.9\n{wait}exec {await BuiltFront.PathAsync()} \"$@\"\n");
        var upgrade = ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        await Patience.UntilAsync(() => File.Exists(began), "the new program runs");
        server.Signal(TTIN);
        await server.ServedByAsync(2, site.Control);
        site.Folder.Write("go");
        await upgrade;
        Assert.NotEqual(server.Pid, site.Pid());
        await server.ServedByAsync(2, site.Control);
        server.Signal(ServerProcess.SIGTERM, site.Pid());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task When_the_new_one_has_ended_nobody_listens_though_the_old_one_is_there()
    {
        await using var server = await site.StartAsync("streaming");
        using var client = await HoldAsync(server);
        await ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        var next = site.Pid();
        server.Signal(ServerProcess.SIGKILL, next);
        await Patience.UntilAsync(() => !Directory.Exists($"/proc/{next}"), "it is gone");
        Assert.True(server.IsRunning);
        var refused = await Assert.ThrowsAsync<SocketException>(() => server.ConnectAsync());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        site.Folder.Write("go");
        Assert.Equal(0, await server.ExitAsync());
    }

    private static Task EndedAsync(ServerProcess server) => Patience.UntilAsync(() => !server.IsRunning, "the old one has ended");

    /// <summary>A client that has half of its answer, until the file "go" is there.</summary>
    private async Task<RawClient> HoldAsync(ServerProcess server)
    {
        var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={site.Folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("piece 1\n"u8.ToArray(), await client.ReadPieceAsync(head));
        return client;
    }

    private async Task<int> GenerationAsync() =>
        (await ClientCommand.JsonAsync("status", "--control", site.Control)).GetProperty("generations")[0].GetProperty("number").GetInt32();
}
