using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Fixtures;

/// <summary>A server that was started by a path of the test's own: what an upgrade finds there can be changed.</summary>
internal sealed class ReplaceableServer : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public string Control => Folder.File("control");

    public string PidFile => Folder.File("pid");

    private string Program => Folder.File("hotplate");

    public void Dispose() => Folder.Dispose();

    /// <summary>The process that serves, as its pid file says.</summary>
    public int Pid() => int.Parse(File.ReadAllText(PidFile), null);

    /// <summary>Puts the real program there; returns the path.</summary>
    public async Task<string> LinkAsync()
    {
        File.Delete(Program);
        File.CreateSymbolicLink(Program, await BuiltFront.PathAsync());
        return Program;
    }

    /// <summary>Puts a script there.</summary>
    public void Put(string program)
    {
        File.Delete(Program);
        File.WriteAllText(Program, program);
        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <param name="app">Of tests/apps; empty: app.py of the folder.</param>
    public Task<ServerProcess> StartAsync(string app, params string[] flags) => StartAsync(app, [], flags);

    public async Task<ServerProcess> StartAsync(string app, Dictionary<string, string> environment, params string[] flags)
    {
        environment["HOTPLATE_HOME"] = Repository.Root;
        var place = flags.Contains("-b") ? flags : ["-b", "127.0.0.1:0", .. flags];
        var server = ServerProcess.Launch(
            await LinkAsync(), ["serve", "app:app", "-w", "1", "--python", Pythons.Usual, "--control", Control, "--pid", PidFile, .. place],
            app.Length == 0 ? Folder.Path : ServerCommand.FolderOf(app), environment);
        await server.ListeningAsync();
        return server;
    }

    /// <summary>Nothing has changed: it serves, as the same process.</summary>
    public async Task SameAsync(ServerProcess server, string page = "Hello, World!")
    {
        Assert.Equal(server.Pid, Pid());
        var status = await ClientCommand.JsonAsync("status", "--control", Control);
        Assert.Equal("serving", status.GetProperty("state").GetString());
        Assert.Equal(page, (await server.GetAsync("/")).Text);
    }
}
