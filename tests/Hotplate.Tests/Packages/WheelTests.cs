namespace Hotplate.Tests.Packages;

/// <summary>What pip installs serves from wherever it stands, brings nothing that an application could import, and outlives its own removal.</summary>
/// <remarks>The whole, with other Pythons, Debian's packages and images: tests/packages/packages.py.</remarks>
public sealed class WheelTests(InstalledWheel installed) : IClassFixture<InstalledWheel>
{
    private const string NothingToImport = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('hotplate', '_hotplate', 'hotplate_worker', 'python')))";

    [Fact]
    public async Task It_takes_the_Python_that_it_is_installed_beside() => await ServesAsync(installed.Program, installed.Venv);

    [Fact]
    public async Task Nothing_of_it_can_be_imported() => await FinishedProgram.OutputOfAsync(installed.Python, "-c", NothingToImport);

    [Fact]
    public async Task A_symbolic_link_is_enough()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("hp"), installed.Program);
        await ServesAsync(folder.File("hp"), installed.Venv);
    }

    [Fact]
    public async Task A_copied_and_a_moved_environment_serve_by_themselves()
    {
        using var folder = new TemporaryFolder();
        await FinishedProgram.OutputOfAsync("cp", "-a", installed.Venv, folder.File("copied"));
        await ServesAsync(folder.File("copied/bin/hotplate"), folder.File("copied"));
        Directory.Move(folder.File("copied"), folder.File("moved"));
        await ServesAsync(folder.File("moved/bin/hotplate"), folder.File("moved"));
    }

    [Theory]
    [InlineData("--target")]
    [InlineData("--prefix")]
    public async Task It_is_whole_where_pip_is_told_to_put_it(string option)
    {
        using var folder = new TemporaryFolder();
        await FinishedProgram.OutputOfAsync(installed.Python, "-m", "pip", "install", "--no-index", "--quiet", "--ignore-installed", option, folder.File("there"), installed.Wheel);
        await ServesAsync(folder.File("there/bin/hotplate"), installed.Venv, "--venv", installed.Venv);
    }

    [Theory]
    [InlineData("serve", "share/hotplate")]
    [InlineData("check", "share/hotplate")]
    [InlineData("serve", "share/hotplate/_hotplate.so")]
    [InlineData("check", "share/hotplate/_hotplate.so")]
    [InlineData("check", "share/hotplate/python/hotplate_worker/boot.py")]
    public async Task One_that_is_not_whole_says_so(string command, string lost)
    {
        using var folder = new TemporaryFolder();
        await FinishedProgram.OutputOfAsync("cp", "-a", installed.Venv, folder.File("venv"));
        await FinishedProgram.OutputOfAsync("rm", "-r", folder.File("venv/" + lost));
        var ended = await FinishedProgram.RunAsync(folder.File("venv/bin/hotplate"), command, Path.Combine(ServerCommand.FolderOf("process"), "app.py"), "--bind", "127.0.0.1:0");
        Assert.True(ended.ExitCode != 0, ended.Output);
        Assert.Contains("HP608", ended.Output + ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_files_were_removed_still_replaces_its_workers()
    {
        using var folder = new TemporaryFolder();
        await FinishedProgram.OutputOfAsync("cp", "-a", installed.Venv, folder.File("venv"));
        await using var server = await StartAsync(folder.File("venv/bin/hotplate"));
        await FinishedProgram.OutputOfAsync(folder.File("venv/bin/python"), "-m", "pip", "uninstall", "--yes", "--quiet", "hotplate");
        Assert.False(Directory.Exists(folder.File("venv/share/hotplate/python")));
        for (var time = 0; time < 2; time++)
        {
            var worker = await WorkerAsync(server);
            server.Signal(ServerProcess.SIGKILL, worker);
            Assert.NotEqual(worker, await WorkerAsync(server));
        }
        // There is nothing to begin a generation with, so the one that serves goes on.
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync(line => line.Contains("goes on", StringComparison.Ordinal) || line.Contains("HP5", StringComparison.Ordinal), 1, "the reload's end");
        await WorkerAsync(server);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_same_files_make_the_same_bytes()
    {
        var again = await installed.MakeAsync("again");
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(await File.ReadAllBytesAsync(installed.Wheel, cancel), await File.ReadAllBytesAsync(again, cancel));
        Assert.Equal("hotplate-0.1.0-py3-none-manylinux_2_34_x86_64.whl", Path.GetFileName(installed.Wheel));
    }

    private static async Task<int> WorkerAsync(ServerProcess server) => (await server.GetAsync("/")).Json.GetProperty("pid").GetInt32();

    private static async Task ServesAsync(string program, string venv, params string[] flags)
    {
        await using var server = await StartAsync(program, flags);
        Assert.Equal(Real(venv), Real((await server.GetAsync("/")).Json.GetProperty("prefix").GetString()!));
        await server.StopAsync();
    }

    private static string Real(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder);

    private static async Task<ServerProcess> StartAsync(string program, params string[] flags)
    {
        var server = ServerProcess.Launch(program, ["serve", "app:app", "--bind", "127.0.0.1:0", "--workers", "1", .. flags], ServerCommand.FolderOf("process"), new Dictionary<string, string>());
        try
        {
            await server.ListeningAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
