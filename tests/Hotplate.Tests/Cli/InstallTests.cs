using Hotplate.Installing;
using Hotplate.Service;
using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Cli;

/// <summary>hotplate install, uninstall, logs, stop and restart. No systemd runs where the tests do: its tools look at the files, which are written below another root.</summary>
/// <remarks>Under one that runs: tests/packages/under_systemd.py.</remarks>
[Trait("starts", "processes")]
public sealed class InstallTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public InstallTests() => folder.Write("shop.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'served']\n");

    private string Root => folder.File("root");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_dry_run_shows_every_file_and_step_and_does_nothing()
    {
        var said = await InstallAsync("--dry-run");
        Assert.Equal(0, said.ExitCode);
        foreach (var part in (string[])["HOTPLATE_TARGET=shop:app", "HOTPLATE_BIND=:80", "HOTPLATE_WORKERS=3", "SECRET=\"a b\\\"c\"", "User=hotplate-shop", $"WorkingDirectory={folder.Path}",
            "run     useradd --system ", "run     systemctl enable hotplate@shop.service", "AmbientCapabilities=CAP_NET_BIND_SERVICE"])
        {
            Assert.Contains(part, said.Output, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task What_it_writes_is_what_systemd_understands_and_is_well_shut_in()
    {
        var said = await InstallAsync("--yes");
        Assert.True(said.ExitCode == 0, said.Output + said.Errors);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Root + "/etc/hotplate/shop.env"));
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "there is no systemd-analyze");

        // A unit of that name, with its drop-in beside it, as systemd puts them together.
        var units = Root + "/etc/systemd/system";
        File.Copy($"{units}/hotplate@.service", $"{units}/hotplate@shop.service");
        var verified = await FinishedProgram.RunAsync("/usr/bin/systemd-analyze", "verify", $"{units}/hotplate@shop.service");
        Assert.Equal((0, "", ""), (verified.ExitCode, verified.Output, verified.Errors));
        var secure = await FinishedProgram.RunAsync("/usr/bin/systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", $"{units}/hotplate@shop.service");
        Assert.True(secure.ExitCode == 0, secure.Output + secure.Errors);
    }

    [Fact]
    public async Task The_server_takes_its_file_of_variables_as_systemd_would_give_them()
    {
        await InstallAsync("--yes");
        var lines = File.ReadLines(Root + "/etc/hotplate/shop.env").Where(static line => line.StartsWith("HOTPLATE_", StringComparison.Ordinal)).ToList();
        var said = await FinishedProgram.RunAsync("/usr/bin/env", ["-C", folder.Path, .. lines, await BuiltFront.PathAsync(), "config", "shop:app"]);
        Assert.True(said.ExitCode == 0, said.Output + said.Errors);
        Assert.Equal("", said.Errors);
        Assert.Matches(@"(?m)^workers +3 ", said.Output);
        Assert.Matches(@"(?m)^bind +:80 ", said.Output);
    }

    [Fact]
    public async Task What_was_added_to_the_file_of_variables_stays_and_is_not_shown()
    {
        const string mine = "TOKEN=s3cret\nPEM=\"first\nsecond=2\"\nLONG=a \\\n  b\n";
        folder.Write("root/etc/hotplate/shop.env", "# of the site\nHOTPLATE_WORKERS=9\nHOTPLATE_PID=\"/a\nb\"\nSECRET=old\n" + mine);
        var said = await InstallAsync("--yes");
        Assert.True(said.ExitCode == 0, said.Output + said.Errors);
        var written = await File.ReadAllTextAsync(Root + "/etc/hotplate/shop.env", TestContext.Current.CancellationToken);
        Assert.EndsWith("# Kept, as it was:\n" + mine, written, StringComparison.Ordinal);
        Assert.DoesNotContain("HOTPLATE_PID", written, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET=old", written, StringComparison.Ordinal);
        Assert.Contains("HOTPLATE_WORKERS=3\n", written, StringComparison.Ordinal);
        Assert.Contains("TOKEN=…", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", said.Output, StringComparison.Ordinal);

        // Once more, and there is one of each.
        await InstallAsync("--yes");
        Assert.Equal(written, await File.ReadAllTextAsync(Root + "/etc/hotplate/shop.env", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Uninstall_takes_it_back()
    {
        await InstallAsync("--yes");
        var shown = await ClientCommand.RunAsync("uninstall", "shop", "--dry-run", "--root", Root);
        Assert.Contains("remove  " + Root + "/etc/hotplate/shop.env", shown.Output, StringComparison.Ordinal);
        var done = await ClientCommand.RunAsync("uninstall", "shop", "--yes", "--root", Root);
        Assert.True(done.ExitCode == 0, done.Output + done.Errors);
        Assert.Empty(Directory.GetFiles(Root, "*", SearchOption.AllDirectories));
        var again = await ClientCommand.RunAsync("uninstall", "shop", "--yes", "--root", Root);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("there is no such site", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_answers_nothing_is_done()
    {
        var said = await InstallAsync();
        Assert.Equal(1, said.ExitCode);
        Assert.Contains("Nothing was done.", said.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task Without_systemd_it_says_what_to_do_instead()
    {
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd runs here");
        var said = await RunAsync("install", "shop", "shop:app", "--yes", "--python", Pythons.Usual);
        Assert.Equal(1, said.ExitCode);
        Assert.Contains("HP541", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_the_words_is_told_as_by_serve()
    {
        var said = await RunAsync("install", "shop", "shop:app", "--dry-run", "--workrs", "3");
        Assert.Equal(2, said.ExitCode);
        Assert.Contains("HP102", said.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("install", "No Name", "shop:app", "--dry-run")).ExitCode);
    }

    [Fact]
    public async Task Stop_returns_when_the_server_has_ended_and_restart_when_another_serves()
    {
        var (control, pid) = (folder.File("control"), folder.File("pid"));
        await using var server = await ServerProcess.StartAsync("hello", "--control", control, "--pid", pid);
        var restarted = await ClientCommand.RunAsync("restart", "--control", control);
        Assert.True(restarted.ExitCode == 0, restarted.Output + restarted.Errors);
        // This test is its parent, which may not have asked for its status yet.
        Assert.False(ProcessTable.IsAlive(server.Pid));
        var next = int.Parse(await File.ReadAllTextAsync(pid, TestContext.Current.CancellationToken), null);
        Assert.NotEqual(server.Pid, next);
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        var stopped = await ClientCommand.OutputAsync("stop", "--control", control);
        Assert.Equal($"process {next} stops\n", stopped);
        await server.NothingLeftAsync();
        Assert.False(File.Exists(pid));
    }

    [Fact]
    public async Task Logs_are_those_of_the_file_that_the_server_writes()
    {
        var (control, log) = (folder.File("control"), folder.File("error.log"));
        await using var server = await new ServerCommand("hello") { Flags = ["--control", control, "--error-logfile", log] }.LaunchAsync();
        await Patience.UntilAsync(() => File.Exists(log) && File.ReadAllText(log).Contains("Ready:", StringComparison.Ordinal), "it serves");
        Assert.Contains("Listening at: ", await ClientCommand.OutputAsync("logs", "--control", control), StringComparison.Ordinal);

        // Its standard error is a pipe to this test.
        var other = folder.File("other");
        await using var piped = await ServerProcess.StartAsync("hello", "--control", other);
        Assert.StartsWith("HP544", (await ClientCommand.RunAsync("logs", "--control", other)).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("My Shop", "my-shop")]
    [InlineData("shop", "shop")]
    [InlineData("9lives", "site")]
    [InlineData("", "site")]
    public void A_name_is_made_from_a_folders(string text, string name) => Assert.Equal(name, Site.NameFrom(text));

    [Fact]
    public async Task What_takes_longer_than_the_unit_gives_it_is_given_more()
    {
        // The folder is below /tmp.
        const string usual = "PrivateTmp=no\n# Where the application may write";
        Assert.Contains("TimeoutStartSec=300\n", UnitText.Packaged(), StringComparison.Ordinal);
        Assert.Contains("TimeoutStopSec=120\n", UnitText.Packaged(), StringComparison.Ordinal);
        Assert.Contains(usual, await DropInAsync("--start-timeout", "270s", "--graceful-timeout", "115s"), StringComparison.Ordinal);
        var longer = await DropInAsync("--start-timeout", "271s", "--graceful-timeout", "10m", "--drain-delay", "5s");
        Assert.Contains("TimeoutStartSec=301\nTimeoutStopSec=610\n", longer, StringComparison.Ordinal);

        async Task<string> DropInAsync(params string[] flags)
        {
            await InstallAsync(["--yes", .. flags]);
            return await File.ReadAllTextAsync(Root + "/etc/systemd/system/hotplate@shop.service.d/site.conf", CancellationToken.None);
        }
    }

    [Fact]
    public void The_unit_in_the_program_is_the_packages() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "packaging", "hotplate@.service")), UnitText.Packaged());

    private Task<FinishedProgram> InstallAsync(params string[] more) =>
        RunAsync(["install", "shop", "shop:app", "-b", ":80", "-w", "3", "-e", "SECRET=a b\"c", "--python", Pythons.Usual, "--root", Root, .. more]);

    private async Task<FinishedProgram> RunAsync(params string[] arguments)
    {
        string[] all = [await BuiltFront.PathAsync(), .. arguments];
        return await FinishedProgram.RunAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\" </dev/null", "bash", folder.Path, .. all]);
    }
}
