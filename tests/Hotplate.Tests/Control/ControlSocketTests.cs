namespace Hotplate.Tests.Control;

/// <summary>The control socket and the pid file: who may use them, and what becomes of them when servers end and start.</summary>
public sealed class ControlSocketTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    private string PidFile => folder.File("hotplate.pid");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task They_are_there_while_the_server_runs_and_gone_when_it_has_stopped()
    {
        await using var server = await StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        Assert.Equal($"{server.Pid}\n", await File.ReadAllTextAsync(PidFile, CancellationToken.None));
        await server.StopAsync();
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task After_kill_9_the_next_start_takes_their_place()
    {
        await using (var killed = await StartAsync())
        {
            killed.Signal(ServerProcess.SIGKILL);
            await killed.ExitAsync();
            await killed.NothingLeftAsync();
        }
        Assert.True(File.Exists(Socket));
        Assert.Contains("HP404", (await ClientCommand.RunAsync("status", "--control", Socket)).Errors, StringComparison.Ordinal);
        Assert.Contains("HP404", (await ClientCommand.RunAsync("status", "--pid", PidFile)).Errors, StringComparison.Ordinal);
        await using var server = await StartAsync();
        Assert.Equal(server.Pid, (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("pid").GetInt32());
        Assert.Equal($"{server.Pid}\n", await File.ReadAllTextAsync(PidFile, CancellationToken.None));
    }

    [Theory]
    [InlineData("--control", "HP402")]
    [InlineData("--pid", "HP403")]
    public async Task Those_of_a_server_that_runs_are_left_alone(string flag, string code)
    {
        await using var server = await StartAsync();
        await using (var second = await new ServerCommand("hello") { Flags = [flag, flag == "--pid" ? PidFile : Socket] }.LaunchAsync())
        {
            Assert.Equal(1, await second.ExitAsync());
            Assert.Contains(code, second.Errors.Text, StringComparison.Ordinal);
            await second.NothingLeftAsync();
        }
        Assert.Equal(server.Pid, (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("pid").GetInt32());
        Assert.Equal($"{server.Pid}\n", await File.ReadAllTextAsync(PidFile, CancellationToken.None));
    }

    [Fact]
    public async Task What_took_their_place_meanwhile_is_left_alone()
    {
        await using var server = await StartAsync();
        File.Delete(Socket);
        folder.Write("hotplate.sock", "mine now");
        folder.Write("hotplate.pid", "1\n");
        await server.StopAsync();
        Assert.Equal("mine now", await File.ReadAllTextAsync(Socket, CancellationToken.None));
        Assert.Equal("1\n", await File.ReadAllTextAsync(PidFile, CancellationToken.None));
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_not_replaced()
    {
        folder.Write("hotplate.sock", "precious");
        await using var server = await new ServerCommand("hello") { Flags = ["--control", Socket] }.LaunchAsync();
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains("HP401", server.Errors.Text, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Socket, CancellationToken.None));
    }

    [Fact]
    public async Task Without_flags_the_socket_is_in_a_private_folder_and_found_by_the_pid_file()
    {
        await using var server = await new ServerCommand("hello")
        {
            Flags = ["--pid", PidFile],
            Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = folder.Path },
        }.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.File("hotplate")));
        Assert.True(File.Exists(folder.File($"hotplate/{server.Pid}.sock")));
        var status = await FinishedProgram.OutputOfAsync("env", $"XDG_RUNTIME_DIR={folder.Path}", await BuiltFront.PathAsync(), "status", "-p", PidFile, "--json");
        Assert.Contains($"\"pid\": {server.Pid},", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_elsewhere_is_found_by_the_pid_file_too()
    {
        await using var server = await StartAsync();
        Assert.Equal(server.Pid, (await ClientCommand.JsonAsync("status", "--pid", PidFile)).GetProperty("pid").GetInt32());
    }

    [Fact]
    public async Task A_folder_that_others_may_enter_is_not_used()
    {
        Directory.CreateDirectory(folder.File("hotplate"));
        File.SetUnixFileMode(folder.File("hotplate"), (UnixFileMode)0x1FF);
        await using var server = await new ServerCommand("hello")
        {
            Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = folder.Path },
        }.StartAsync();
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("hotplate")));
    }

    [Fact]
    public async Task Another_user_gets_no_answer_even_when_the_socket_was_opened_to_all()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can be somebody else for a moment");
        await using var server = await StartAsync();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(Socket, (UnixFileMode)0x1B6);
        var answer = await FinishedProgram.OutputOfAsync("/usr/bin/python3", "-c", $$"""
            import os, socket
            os.setgid(65534); os.setuid(65534)
            s = socket.socket(socket.AF_UNIX); s.connect("{{Socket}}")
            try:
                s.sendall(b"GET /v1/status HTTP/1.1\r\nHost: hotplate\r\n\r\n")
                print(s.recv(100))
            except OSError:
                print(b"")
            """);
        Assert.Equal("b''", answer.Trim());
        await server.Errors.WaitForAsync("user 65534 connected to the control socket and was refused");
    }

    [Fact]
    public async Task Without_a_control_socket_there_is_none()
    {
        await using var server = await new ServerCommand("hello")
        {
            Flags = ["--control", "none"],
            Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = folder.Path },
        }.StartAsync();
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync("hello", "--control", Socket, "--pid", PidFile);
}
