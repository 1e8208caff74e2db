using System.Net;
using System.Net.Sockets;
using Hotplate.Tests.Control;

namespace Hotplate.Tests.Serving;

/// <summary>New programs that hang, or end at the last moment: the old one serves on, says why, and can be upgraded later.</summary>
public sealed class LateUpgradeTests : IDisposable
{
    // Stands between the running server and a real new one, which ends with it. What they say: docs/architecture.md.
    private const string Between = """
        #!/usr/bin/python3
        import json, os, signal, socket, sys
        if sys.argv[1:] == ["--version"]:
            print("hotplate 9.9.9")
            sys.exit()
        channel = json.loads(os.environ["HOTPLATE_HANDOVER"])["channel"]
        old = socket.socket(fileno=os.dup(channel))
        near, far = socket.socketpair()
        os.dup2(far.fileno(), channel)
        child = os.fork()
        if not child:
            os.execv("FRONT", ["FRONT", *sys.argv[1:]])
        os.close(channel)
        far.close()

        def kill():
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

        old.sendall(near.recv(100))
        old.recv(100)

        """;

    private readonly ReplaceableServer site = new();

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData("sleep 1000", "HP522", "--version\" did not end within 20 s, and was ended. This one serves on.")]
    [InlineData("[ \"$1\" = --version ] && exec echo hotplate 9\nsleep 1000", "HP523", "did not serve in time, and was ended. This one serves on. ")]
    public async Task One_that_hangs_is_ended_with_what_it_has_started(string script, string code, string words)
    {
        await using var server = await site.StartAsync("hello", "--start-timeout", "10s");
        site.Put($"#!/bin/sh\n{script}\n");
        var ended = await AskedMeanwhileAsync(server);
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith(code, ended.Errors, StringComparison.Ordinal);
        Assert.Contains(words, ended.Errors, StringComparison.Ordinal);
        await site.SameAsync(server);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("kill(); os.kill(os.getpid(), signal.SIGKILL)", 1, "ended with signal 9 (SIGKILL) before it served. This one serves on.")]
    [InlineData("kill(); sys.exit(7)", 7, "ended with exit 7 before it served. This one serves on.")]
    [InlineData("signal.pause()", 1, "did not take over within 10 s, and was ended. This one serves on.")]
    public async Task One_that_does_not_take_over_when_it_is_its_turn_loses_nothing(string then, int code, string words)
    {
        await using var server = await site.StartAsync("hello");
        await PutAsync(then);
        var ended = await AskedMeanwhileAsync(server);
        Assert.Equal((code, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith("HP523  the new program (process ", ended.Errors, StringComparison.Ordinal);
        Assert.Contains(words, ended.Errors, StringComparison.Ordinal);
        await site.SameAsync(server);
        await server.StopAsync();
    }

    [Fact]
    public async Task What_one_has_taken_that_ends_before_it_says_so_is_taken_back()
    {
        var (address, metrics) = (site.Folder.File("notify"), $"127.0.0.1:{FreePorts.Take()}");
        using var systemd = new NotifyListener(address);
        var variables = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = address };
        await using var server = await site.StartAsync("streaming", variables, "--metrics", metrics);
        var told = await systemd.WaitForAsync("READY=1");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={site.Folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("piece 1\n"u8.ToArray(), await client.ReadPieceAsync(head));

        // It has control socket, pid file and metrics by then, and accepts.
        await PutAsync("near.sendall(b'go\\n'); near.recv(100); kill(); sys.exit(7)");
        var ended = await ClientCommand.RunAsync("upgrade", "--control", site.Control);
        Assert.Equal((7, ""), (ended.ExitCode, ended.Output));
        site.Folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
        await site.SameAsync(server, "piece 1\npiece 2\npiece 3\npiece 4\npiece 5\n");
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"http://{metrics}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("hotplate_workers", page, StringComparison.Ordinal);
        told = await systemd.WaitForAsync("MAINPID=", told);
        await systemd.WaitForAsync($"READY=1\nMAINPID={server.Pid}\nSTATUS=1 worker serves", told);

        await site.LinkAsync();
        await ClientCommand.OutputAsync("upgrade", "--control", site.Control);
        Assert.NotEqual(server.Pid, site.Pid());
        server.Signal(ServerProcess.SIGTERM, site.Pid());
        await server.NothingLeftAsync();
    }

    private async Task PutAsync(string then) =>
        site.Put(Between.Replace("FRONT", await BuiltFront.PathAsync(), StringComparison.Ordinal) + then + "\n");

    /// <summary>Upgrades, while a client asks on connections of its own and is always answered.</summary>
    private async Task<FinishedProgram> AskedMeanwhileAsync(ServerProcess server)
    {
        var upgrade = ClientCommand.RunAsync("upgrade", "--control", site.Control);
        await Patience.UntilAsync(
            async () =>
            {
                Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
                return upgrade.IsCompleted;
            },
            "the upgrade is decided");
        return await upgrade;
    }
}
