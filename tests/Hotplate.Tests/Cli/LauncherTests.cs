using System.Diagnostics;
using Hotplate.Tests.House;
using Hotplate.Tests.Settings;

namespace Hotplate.Tests.Cli;

/// <summary>The launcher on machines that lack something: made of a folder with links to a few programs, and a copy of the launcher.</summary>
[Trait("starts", "processes")]
public sealed class LauncherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public LauncherTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "bin"));
        foreach (var name in new[] { "bash", "dirname", "readlink", "find", "uname", "grep", "mkdir", "flock", "touch", "sleep", "rm", "mv", "sort", "head", "tail", "cat", "stat", "id", "sh", "chmod" })
        {
            Link(name);
        }
        File.Copy(Path.Combine(Repository.Root, "hotplate"), Path.Combine(_folder.Path, "hotplate"));
        foreach (var source in new[] { "src/Hotplate/Program.cs", "src/Hotplate.Worker/a.cs", "src/Hotplate.Channel/a.cs", "Directory.Build.props", "Directory.Packages.props", "global.json" })
        {
            _folder.Write(source);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_the_right_SDK_it_says_so()
    {
        Dotnet("9.0.100");
        var (code, _, error) = await RunAsync("version");
        Assert.Equal(1, code);
        Assert.Contains("has no SDK 10.0", error);
    }

    [Fact]
    public async Task Without_a_linker_it_says_what_to_install()
    {
        Dotnet("10.0.401");
        var (code, _, error) = await RunAsync("version");
        Assert.Equal(1, code);
        Assert.Contains("a C linker (clang or gcc)", error);
    }

    [Fact]
    public async Task It_builds_what_is_missing_tells_so_and_then_builds_no_more()
    {
        Ready();
        var first = await RunAsync("serve", "x");
        Assert.Contains("building the front", first.Error);
        Assert.Contains("building the Python extension", first.Error);
        Assert.Equal("front: serve x\n", first.Output);
        var second = await RunAsync("serve", "x");
        Assert.Equal(("", "front: serve x\n"), (second.Error, second.Output));
    }

    [Fact]
    public async Task A_changed_source_is_built_again_and_the_rest_is_not()
    {
        Ready();
        await RunAsync("version");
        _folder.Write("src/Hotplate/Program.cs", "changed");
        var again = await RunAsync("version");
        Assert.Contains("building the front", again.Error);
        Assert.DoesNotContain("extension", again.Error);
    }

    [Fact]
    public async Task What_the_build_said_is_shown_when_it_fails()
    {
        Ready();
        _folder.Write("broken");
        var (code, _, error) = await RunAsync("version");
        Assert.Equal(1, code);
        Assert.Contains("Program.cs(1,1): error CS1002: ; expected", error);
        Assert.Contains("build.log", error);
    }

    [Fact]
    public async Task A_start_as_a_service_never_builds()
    {
        Ready();
        _environment["INVOCATION_ID"] = "1";
        var (code, output, error) = await RunAsync("serve", "x");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("Hotplate is not built yet, and a start as a service never builds.", error);
        _environment.Clear();
        await RunAsync("version");
        _folder.Write("src/Hotplate/Program.cs", "newer");
        _environment["INVOCATION_ID"] = "1";
        (code, output, error) = await RunAsync("serve", "x");
        Assert.Equal((0, "front: serve x\n"), (code, output));
        Assert.Equal("hotplate: the build is older than its sources and is served as it is: a start as a service never builds. As ", error[..error.IndexOf("root", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task Who_may_not_write_where_it_is_built_is_told_so_and_gets_what_is_there()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become another user");
        Ready();
        await RunAsync("version");
        _folder.Write("src/Hotplate/Program.cs", "newer");
        Open(_folder.Path);
        var (code, output, error) = await RunAsync("/usr/bin/setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", Path.Combine(_folder.Path, "bin/bash"), Path.Combine(_folder.Path, "hotplate"), "serve", "x"], bash: false);
        Assert.Equal((0, "front: serve x\n"), (code, output));
        Assert.Contains("may not write to", error);
        Assert.DoesNotContain("Permission denied", error);
    }

    private static void Open(string folder)
    {
        const UnixFileMode everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (var place in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder).Where(static place => new FileInfo(place).LinkTarget is null))
        {
            File.SetUnixFileMode(place, everyone);
        }
    }

    [Fact]
    public async Task Two_starts_at_once_build_once()
    {
        Ready();
        var both = await Task.WhenAll(RunAsync("version"), RunAsync("version"));
        Assert.All(both, run => Assert.Equal("front: version\n", run.Output));
        Assert.Single(both, run => run.Error.Contains("building the front", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_finds_its_folder_through_a_link()
    {
        Ready();
        await RunAsync("version");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "bin", "hp"), "../hotplate");
        var (code, output, _) = await RunAsync(Path.Combine(_folder.Path, "bin", "hp"), ["check", "a b"]);
        Assert.Equal((0, "front: check a b\n"), (code, output));
    }

    private void Link(string name) => File.CreateSymbolicLink(Path.Combine(_folder.Path, "bin", name), File.Exists("/bin/" + name) ? "/bin/" + name : "/usr/bin/" + name);

    private void Ready()
    {
        Dotnet("10.0.401");
        _folder.WriteProgram("bin/gcc");
        _folder.WriteProgram("bin/objcopy");
    }

    // Publishes empty files, and prints its arguments when it is the front.
    private void Dotnet(string sdk)
    {
        var path = _folder.WriteProgram("bin/dotnet");
        File.WriteAllText(path, $$"""
            #!/bin/bash
            case $1 in
            --list-sdks) echo '{{sdk}} [/usr/share/dotnet/sdk]' ;;
            publish)
                [[ ! -e {{_folder.Path}}/broken ]] || { echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1; }
                while [[ $1 != -o ]]; do shift; done
                mkdir -p "$2"; touch "$2/_hotplate.so"; printf '#!/bin/sh\necho "front: $*"\n' >"$2/hotplate"; chmod +x "$2/hotplate" ;;
            esac

            """);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(Path.Combine(_folder.Path, "hotplate"), arguments);

    private async Task<(int Code, string Output, string Error)> RunAsync(string launcher, string[] arguments, bool bash = true)
    {
        var start = new ProcessStartInfo(bash ? Path.Combine(_folder.Path, "bin/bash") : launcher) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in bash ? [launcher, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment.Clear();
        start.Environment["PATH"] = Path.Combine(_folder.Path, "bin");
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
