using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>The application runs in an ordinary Python process, and sees nothing of the server's that it should not.</summary>
public sealed class ProcessTests(ProcessTests.OfApp app) : IClassFixture<ProcessTests.OfApp>
{
    public sealed class OfApp() : Served("process");

    [Fact]
    public async Task Its_environment_has_nothing_of_ours()
    {
        var names = (await DescribedAsync()).GetProperty("environ").EnumerateObject().Select(variable => variable.Name).ToList();
        Assert.DoesNotContain(names, name => name.StartsWith("DOTNET_", StringComparison.Ordinal) || name.StartsWith("HOTPLATE_", StringComparison.Ordinal));
        Assert.Contains("PATH", names);
    }

    [Fact]
    public async Task Its_folder_is_first_on_its_path_and_ours_is_nowhere()
    {
        var described = await DescribedAsync();
        var path = described.GetProperty("path").EnumerateArray().Select(entry => entry.GetString()!).ToList();
        Assert.Equal(ServerCommand.FolderOf("process"), path[0]);
        Assert.DoesNotContain(path, entry => entry.Contains("hotplate_worker", StringComparison.Ordinal));
        Assert.Equal(ServerCommand.FolderOf("process"), described.GetProperty("cwd").GetString());
    }

    [Fact]
    public async Task Its_main_thread_serves_and_its_stdin_is_empty()
    {
        var described = await DescribedAsync();
        Assert.Equal("/dev/null", described.GetProperty("stdin").GetString());
        Assert.Contains("MainThread", described.GetProperty("threads").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("__main__", described.GetProperty("main").GetString());
    }

    [Fact]
    public async Task The_module_is_called_as_in_the_target()
    {
        var name = (await app.Server.GetAsync("/name")).Json;
        Assert.Equal("app", name.GetProperty("name").GetString());
        Assert.Equal(Path.Combine(ServerCommand.FolderOf("process"), "app.py"), name.GetProperty("file").GetString());
    }

    [Fact]
    public async Task Signals_that_Python_programs_rely_on_are_as_Python_sets_them()
    {
        var signals = (await DescribedAsync()).GetProperty("signals");
        Assert.Equal("SIG_IGN", signals.GetProperty("SIGPIPE").GetString());
        Assert.Equal("SIG_DFL", signals.GetProperty("SIGCHLD").GetString());
    }

    [Fact]
    public async Task Its_children_inherit_no_descriptor_of_ours()
    {
        // What the test's own caller left open passes through every process.
        var callers = Directory.GetFiles("/proc/self/fd").Select(NameOfTarget).ToHashSet(StringComparer.Ordinal);
        var inherited = (await app.Server.GetAsync("/inherited")).Json.EnumerateObject()
            .Where(entry => !entry.Value.GetString()!.StartsWith("/proc/", StringComparison.Ordinal) && entry.Value.GetString() != "/dev/null")
            .Where(entry => !callers.Contains(Path.GetFileName(entry.Value.GetString()))).ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
        Assert.True(inherited.Keys.All(number => number is "1" or "2"), string.Join('\n', inherited));
    }

    private static string? NameOfTarget(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name;
        }
        catch (FileNotFoundException)
        {
            return null; // another test has closed it
        }
    }

    private async Task<JsonElement> DescribedAsync() => (await app.Server.GetAsync("/")).Json;
}
