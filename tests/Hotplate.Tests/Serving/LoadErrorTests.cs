using System.Net;
using System.Net.Sockets;

namespace Hotplate.Tests.Serving;

/// <summary>What cannot be served: a message that says where and what to do, the right exit code, and nothing left running.</summary>
public sealed class LoadErrorTests
{
    private const int CouldNotStart = 1;
    private const int Usage = 2;
    private const int WorkerFailed = 3;
    private const int AppFailed = 4;

    [Theory]
    [InlineData("hello", "nowhere:app", "HP201", "No module named 'nowhere'")]
    [InlineData("hello", "ap:app", "HP201", "Did you mean 'app'?")]
    [InlineData("hello", "app:ap", "HP202", "Did you mean 'app'?")]
    [InlineData("wrong_attribute", "app:missing", "HP202", "'missed'")]
    [InlineData("wrong_attribute", "app:shop.missing", "HP202", "'shop' has no attribute 'missing'")]
    [InlineData("wrong_attribute", "app:app", "HP203", "of type str")]
    [InlineData("syntax_error", "app:app", "HP200", "line 7")]
    [InlineData("import_error", "app:app", "HP201", "No module named 'a_module_that_is_not_installed'")]
    [InlineData("raises_at_import", "app:app", "HP204", "RuntimeError: the plate is not plugged in")]
    [InlineData("two_callables", "app", "HP205", "'north' or 'south'")]
    [InlineData("factory", """app:create_app(name=open("/etc/passwd"))""", "HP206", "must be literals")]
    [InlineData("factory", """app:create_app(colour="red")""", "HP206", "TypeError")]
    [InlineData("factory", "app:create_broken()", "HP206", "RuntimeError: the factory is broken, on purpose")]
    [InlineData("factory", "app:create_nothing()", "HP203", "None")]
    [InlineData("decorated", "app:factory", "HP203", "cannot be called with (environ, start_response)")]
    public async Task An_application_that_cannot_be_loaded(string app, string target, string code, string message) =>
        await FailsAsync(new ServerCommand(app) { Target = target }, AppFailed, code, message);

    [Fact]
    public async Task The_traceback_begins_with_the_applications_own_lines()
    {
        var said = await FailsAsync(new ServerCommand("import_error"), AppFailed, "Traceback (most recent call last):", "in connect", "database = connect()");
        Assert.DoesNotContain("hotplate_worker", said, StringComparison.Ordinal);
        Assert.DoesNotContain("importlib", said, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_syntax_error_shows_its_line() =>
        FailsAsync(new ServerCommand("syntax_error"), AppFailed, Path.Combine(ServerCommand.FolderOf("syntax_error"), "app.py"), """return [b"never"] [b"reached"]""");

    [Theory]
    [InlineData("SystemExit", AppFailed, "HP204")]
    [InlineData("KeyboardInterrupt", AppFailed, "HP204")]
    [InlineData("exit", WorkerFailed, "exit 9")]
    public Task Whatever_way_an_import_ends(string raises, int exitCode, string message) =>
        FailsAsync(new ServerCommand("raises_at_import") { Environment = new Dictionary<string, string> { ["RAISES"] = raises } }, exitCode, message);

    [Theory]
    [InlineData("raises_at_import", "app:app", "HP204")]
    [InlineData("hello", "app:nothing", "HP202")]
    public Task The_same_with_preloading(string app, string target, string code) =>
        FailsAsync(new ServerCommand(app) { Target = target, Flags = ["--preload", "on"] }, AppFailed, code);

    [Theory]
    [InlineData("off", "failed to boot: exit 4")]
    [InlineData("on", "template")]
    [InlineData("auto", "template")]
    public async Task Several_workers_that_fail_alike_are_told_of_once(string preload, string message)
    {
        var said = await FailsAsync(new ServerCommand("raises_at_import") { Flags = ["-w", "4", "--preload", preload] }, AppFailed, message);
        Assert.Single(said.Split('\n'), line => line.Contains("HP204", StringComparison.Ordinal));
        Assert.Single(said.Split('\n'), line => line.Contains("RuntimeError: the plate is not plugged in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_first_worker_cannot_load_the_application_no_other_tries()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import os\nprint('importing', flush=True)\nraise RuntimeError(f'my pid is {os.getpid()}')\n");
        var said = await FailsAsync(new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "3", "--preload", "off"] }, AppFailed, "failed to boot: exit 4");
        Assert.Equal(1, said.Split('\n').Count(line => line.Contains("RuntimeError: my pid is", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hook_that_fails_in_each_worker_is_told_of_once()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "def post_fork(server, worker):\n    raise ValueError('no fork')\ndef app(environ, start_response):\n    pass\n");
        var said = await FailsAsync(new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "3", "--preload", "on"] }, WorkerFailed, "3 of 3 workers failed to boot");
        Assert.Single(said.Split('\n'), line => line.Contains("HP212", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("./nowhere.py", "there is no file")]
    [InlineData("./ap.py", "Did you mean ./app.py?")]
    [InlineData("../hello", "this is a folder")]
    public Task A_file_that_is_not_there(string target, string message) =>
        FailsAsync(new ServerCommand("hello") { Target = target }, CouldNotStart, message);

    [Fact]
    public Task A_dot_in_place_of_the_colon() => FailsAsync(new ServerCommand("hello") { Target = "app.app" }, 4, "'app' is a module and no package", "Did you mean app:app?");

    [Fact]
    public async Task A_Python_that_may_not_be_run_where_the_application_is()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "");
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var front = await BuiltFront.PathAsync();
        string[] program = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", front] : [front];
        await using var server = ServerProcess.Launch(program[0], [.. program[1..], "serve", "app:app", "--chdir", folder.Path, "-b", "127.0.0.1:0"], "/", new Dictionary<string, string>());
        Assert.Equal(CouldNotStart, await server.ExitAsync());
        Assert.Contains($"may not enter {folder.Path}", server.Errors.Text, StringComparison.Ordinal);
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public Task What_is_no_target() => FailsAsync(new ServerCommand("hello") { Target = "app..x:app" }, Usage, "no module's name");

    [Fact]
    public async Task A_file_that_may_not_be_read()
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Write("app.py"), UnixFileMode.None);
        var front = await BuiltFront.PathAsync();
        // root may read everything, unless it gives that up.
        string[] program = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", front] : [front];
        await using var server = ServerProcess.Launch(program[0], [.. program[1..], "serve", "app.py", "-b", "127.0.0.1:0"], folder.Path, new Dictionary<string, string>());
        Assert.Equal(CouldNotStart, await server.ExitAsync());
        Assert.Contains("cannot be read by this user", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Python_that_is_too_old()
    {
        Assert.SkipWhen(Pythons.TooOld is null, "no Python here is too old");
        await FailsAsync(new ServerCommand("hello") { Flags = ["--python", Pythons.TooOld!] }, WorkerFailed, "HP207", "CPython 3.9 or later");
    }

    [Fact]
    public Task A_Python_that_is_not_there() => FailsAsync(new ServerCommand("hello") { Flags = ["--python", "python9.9"] }, CouldNotStart, "HP114", "python9.9");

    [Fact]
    public async Task A_venv_without_Flask()
    {
        var venv = await Pythons.VenvAsync(Pythons.Usual);
        await FailsAsync(new ServerCommand("flask_hello") { Flags = ["--venv", venv] }, AppFailed, "No module named 'flask'", Path.Combine(venv, "bin", "python"));
    }

    [Fact]
    public Task A_venv_that_is_not_there() => FailsAsync(new ServerCommand("hello") { Flags = ["--venv", "/nowhere/venv"] }, CouldNotStart, "HP115", "/nowhere/venv");

    [Fact]
    public async Task A_port_that_is_in_use()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var said = await FailsAsync(new ServerCommand("hello") { Flags = ["-b", busy.LocalEndpoint.ToString()!] }, CouldNotStart, "HP301", "in use", "--bind");
        Assert.Contains($"(process {Environment.ProcessId})", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bnd", "Did you mean --bind?")]
    [InlineData("--no-such-flag", "--no-such-flag")]
    public Task A_flag_that_is_not_there(string flag, string message) => FailsAsync(new ServerCommand("hello") { Flags = [flag, "x"] }, Usage, message);

    [Fact]
    public Task All_problems_at_once() =>
        FailsAsync(new ServerCommand("hello") { Flags = ["-w", "none", "--threads", "0", "--chdir", "/nowhere"] }, Usage, "-w none", "--threads 0", "--chdir /nowhere", "3 problems");

    private static async Task<string> FailsAsync(ServerCommand command, int exitCode, params string[] messages)
    {
        await using var server = await command.LaunchAsync();
        var code = await server.ExitAsync();
        await server.NothingLeftAsync();
        var said = server.Errors.Text;
        Assert.All(messages, message => Assert.Contains(message, said, StringComparison.Ordinal));
        Assert.True(code == exitCode, $"it ended with {code}, not {exitCode}:\n{said}");
        Assert.DoesNotContain("Listening at", said, StringComparison.Ordinal);
        return said;
    }
}
