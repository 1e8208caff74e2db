using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>What signals mean while the server runs. How it ends by them: <see cref="StopTests"/>.</summary>
public sealed class SignalTests
{
    private const int HUP = 1, INT = 2, QUIT = 3, USR1 = 10, USR2 = 12, CONT = 18, PWR = 30, WINCH = 28, TTIN = 21;

    // Those that end a process that does not care for them, less those that have a meaning: by number on x86-64 and arm64.
    private static readonly int[] s_foreign = [14, 16, 26, 27, 29, 30, 31, 35, 40, 64];

    [Theory]
    [InlineData(USR1)]
    [InlineData(HUP)]
    public async Task A_log_that_was_rotated_is_made_again(int signal)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("access.log");
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", path);
        await server.GetAsync("/before");
        await HasAsync(path, "/before");
        File.Move(path, path + ".1");
        server.Signal(signal);
        await server.Errors.WaitForAsync(signal == USR1 ? "the log files are opened anew" : "generation 2 serves");
        await server.GetAsync("/after");
        await HasAsync(path, "/after");
        Assert.DoesNotContain("/before", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_log_that_was_copied_and_cut_begins_anew()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("access.log");
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", path);
        await server.GetAsync("/before");
        await HasAsync(path, "/before");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        await server.GetAsync("/after");
        await HasAsync(path, "/after");
        Assert.DoesNotContain('\0', await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_other_signal_ends_it_without_a_line()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        foreach (var signal in s_foreign)
        {
            server.Signal(signal);
        }
        await server.Errors.WaitForAsync(line => line.Contains("was received and changes nothing", StringComparison.Ordinal), s_foreign.Length, "a line for each");
        server.Signal(WINCH);
        server.Signal(CONT);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task Used_up_CPU_time_stops_it_gracefully_and_is_told()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        server.Signal(24);
        await server.Errors.WaitForAsync("RLIMIT_CPU");
        Assert.Equal(0, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task A_log_rotation_while_it_starts_does_not_end_it()
    {
        await using var server = await new ServerCommand("hello").LaunchAsync();
        // From when on its own code runs. Before, it is the runtime that starts.
        await Patience.UntilAsync(() => !server.IsRunning || ((MaskOf(server.Pid, "SigIgn") | MaskOf(server.Pid, "SigCgt")) & (1UL << (USR1 - 1))) != 0, "it hears signals, or passes over them");
        foreach (var signal in (int[])[USR1, USR2, HUP])
        {
            server.Signal(signal);
        }
        await server.ListeningAsync();
        await server.StopAsync();
    }

    [Theory]
    [InlineData(ServerProcess.SIGTERM, "TERM")]
    [InlineData(INT, "INT")]
    [InlineData(QUIT, "QUIT")]
    public async Task One_that_ends_it_while_it_starts_does_so_with_a_line(int signal, string name)
    {
        await using var server = await new ServerCommand("hello").LaunchAsync();
        // From when on its own code runs. Before, it is the runtime that starts, and the signal ends that.
        await Patience.UntilAsync(() => !server.IsRunning || ((MaskOf(server.Pid, "SigIgn") | MaskOf(server.Pid, "SigCgt")) & (1UL << (PWR - 1))) != 0, "it hears signals");
        server.Signal(signal);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains($"{name} was received", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task One_that_ends_it_while_the_application_loads_does_so_with_a_line()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import time\nprint('importing', flush=True)\ntime.sleep(3600)");
        await using var server = await new ServerCommand("") { Directory = folder.Path }.LaunchAsync();
        await server.Output.WaitForAsync("importing");
        server.Signal(ServerProcess.SIGTERM);
        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("stopping: TERM was received, before any worker served", server.Errors.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trap '' HUP INT QUIT TERM USR1 USR2 TTIN ALRM; exec \"$@\"")]
    [InlineData("exec python3 -c 'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); os.execvp(sys.argv[1], sys.argv[1:])' \"$@\"")]
    public async Task Signals_act_whatever_was_inherited(string prepare)
    {
        await using var server = await new ServerCommand("hello") { Flags = ["--preload", "off"], Through = ["sh", "-c", prepare, "sh"] }.StartAsync();
        server.Signal(USR1);
        await server.Errors.WaitForAsync("the log files are opened anew");
        server.Signal(HUP);
        await server.Errors.WaitForAsync("generation 2 serves");
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Count == 1, "the old generation is gone");
        server.Signal(TTIN);
        await server.Errors.WaitForAsync("workers from now on: 2");
        foreach (var process in (int[])[server.Zygote, .. server.Workers])
        {
            // For a moment, while they make a thread or a process, all are blocked.
            await Patience.UntilAsync(() => MaskOf(process, "SigBlk") == 0, "no signal is blocked");
            Assert.Equal(0UL, MaskOf(process, "SigIgn") & ((1UL << (HUP - 1)) | (1UL << (INT - 1)) | (1UL << (QUIT - 1)) | (1UL << (USR1 - 1)) | (1UL << (ServerProcess.SIGTERM - 1))));
        }
        server.Signal(INT);
        Assert.Equal(0, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    private static ulong MaskOf(int process, string name) => ulong.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[(name.Length + 1)..].Trim(),
        NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static Task HasAsync(string path, string text) =>
        Patience.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).Contains(text, StringComparison.Ordinal), $"{path} has {text}");
}
