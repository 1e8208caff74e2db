using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Serving;

/// <summary>What systemd is told, at a real datagram socket in its place: sd_notify(3).</summary>
public sealed partial class ServiceNoticeTests : IDisposable
{
    private const int TTIN = 21;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_tells_when_it_serves_reloads_and_stops(bool isAbstract)
    {
        var address = isAbstract ? $"@hotplate-notify-{Guid.NewGuid():N}" : folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await StartAsync(address);
        var told = await systemd.WaitForAsync("READY=1");
        Assert.Equal((1, "READY=1\nSTATUS=1 worker serves, no request waits"), (told, systemd.Messages[0]));

        var before = Stopwatch.GetTimestamp() / 1000;
        server.Signal(ServerProcess.SIGHUP);
        told = await systemd.WaitForAsync("RELOADING=1", told);
        // Both clocks are CLOCK_MONOTONIC: systemd passes over what is older than its signal.
        Assert.True(long.Parse(Monotonic().Match(systemd.Messages[told - 1]).Groups[1].Value, null) >= before, systemd.Messages[told - 1]);
        told = await systemd.WaitForAsync("READY=1", told);
        await server.StopAsync();
        told = await systemd.WaitForAsync("STOPPING=1", told);
        Assert.Equal("STOPPING=1\nSTATUS=stopping: TERM was received", systemd.Messages[told - 1]);
        Assert.DoesNotContain(systemd.Messages, static message => message.Contains("WATCHDOG", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reload_that_fails_is_ready_again_and_stays_in_the_status()
    {
        var address = folder.File("notify");
        folder.Write("app.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'old']\n");
        using var systemd = new NotifyListener(address);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Environment = Told(address) }.StartAsync();
        folder.Write("app.py", "import nothing_of_that_name\n");
        server.Signal(ServerProcess.SIGHUP);
        var told = await systemd.WaitForAsync("RELOADING=1");
        told = await systemd.WaitForAsync("READY=1", told);
        Assert.EndsWith("; the last reload failed (HP201), the code before it serves", systemd.Messages[told - 1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_follows_the_number_of_workers()
    {
        var address = folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await StartAsync(address);
        server.Signal(TTIN);
        await systemd.WaitForAsync("STATUS=2 workers serve, ");
        await server.StopAsync();
    }

    [Fact]
    public async Task Where_no_worker_serves_it_is_never_ready()
    {
        var address = folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await new ServerCommand("raises_at_import") { Environment = Told(address) }.LaunchAsync();
        Assert.Equal(4, await server.ExitAsync());
        Assert.Empty(systemd.Messages);
    }

    [Fact]
    public async Task The_watchdog_hears_of_it_for_as_long_as_the_thread_that_answers_runs()
    {
        var address = folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await StartAsync(address, ("WATCHDOG_USEC", "400000"));
        var told = await systemd.WaitForAsync("WATCHDOG=1", await systemd.WaitForAsync("WATCHDOG=1"));
        Assert.StartsWith("READY=1", systemd.Messages[0], StringComparison.Ordinal);

        var loops = Directory.GetDirectories($"/proc/{server.Pid}/task")
            .Where(static task => File.ReadAllText($"{task}/comm").StartsWith("event loop", StringComparison.Ordinal));
        using var debugger = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", StopThreads, .. loops.Select(static task => Path.GetFileName(task)!)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("stopped", await debugger.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        // What was sent before is read by then.
        server.Signal(ServerProcess.SIGHUP);
        told = await systemd.WaitForAsync("RELOADING=1", told);
        // Another server, with the same limit, is the clock: it has been heard five times meanwhile.
        using var clock = new NotifyListener(folder.File("clock"));
        await using (await StartAsync(folder.File("clock"), ("WATCHDOG_USEC", "400000")))
        {
            for (var (beat, heard) = (0, 0); beat < 5; beat++)
            {
                heard = await clock.WaitForAsync("WATCHDOG=1", heard);
            }
        }
        Assert.DoesNotContain(systemd.Messages.Skip(told), static message => message.Contains("WATCHDOG", StringComparison.Ordinal));
        debugger.StandardInput.Close();
        await systemd.WaitForAsync("WATCHDOG=1", told);
        await systemd.WaitForAsync("READY=1", told);
    }

    [Fact]
    public async Task A_watchdog_of_another_process_is_not_fed()
    {
        var address = folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await StartAsync(address, ("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1"));
        await server.StopAsync();
        await systemd.WaitForAsync("STOPPING=1");
        Assert.DoesNotContain("WATCHDOG=1", systemd.Messages);
    }

    [Fact]
    public async Task A_socket_that_is_gone_or_not_read_disturbs_nobody()
    {
        await using (var alone = await StartAsync(folder.File("nobody")))
        {
            Assert.Equal(200, (await alone.GetAsync("/")).Status);
            await alone.StopAsync();
        }
        await using var odd = await StartAsync("vsock:2:1234");
        await odd.StopAsync();
    }

    [Fact]
    public async Task The_application_sees_none_of_it()
    {
        var address = folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await new ServerCommand("process")
        {
            Environment = new Dictionary<string, string>
            {
                ["NOTIFY_SOCKET"] = address,
                ["WATCHDOG_USEC"] = "30000000",
                ["WATCHDOG_PID"] = "1",
                ["LISTEN_FDS"] = "1",
                ["LISTEN_PID"] = "1",
                ["LISTEN_FDNAMES"] = "x",
            },
        }.StartAsync();
        var environ = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.DoesNotContain(environ.EnumerateObject(), static one => one.Name.StartsWith("LISTEN_", StringComparison.Ordinal)
            || one.Name.StartsWith("WATCHDOG_", StringComparison.Ordinal) || one.Name == "NOTIFY_SOCKET");
    }

    // ptrace(2) stops one thread of a process, and lets go of it when its tracer ends.
    private const string StopThreads = """
        import ctypes, os, sys
        libc = ctypes.CDLL(None, use_errno=True)
        for thread in map(int, sys.argv[1:]):
            if libc.ptrace(16, thread, None, None) != 0:
                sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))
            os.waitpid(thread, 0x40000000)
        print("stopped", flush=True)
        sys.stdin.read()
        """;

    private static Dictionary<string, string> Told(string address, params (string Name, string Value)[] more) =>
        more.Append(("NOTIFY_SOCKET", address)).ToDictionary(static one => one.Item1, static one => one.Item2);

    private static Task<ServerProcess> StartAsync(string address, params (string Name, string Value)[] more) =>
        new ServerCommand("hello") { Environment = Told(address, more) }.StartAsync();

    [GeneratedRegex(@"\nMONOTONIC_USEC=(\d+)$")]
    private static partial Regex Monotonic();
}
