using Hotplate.Cli;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Settings;

public sealed class HotplateFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment =
        new(StringComparer.Ordinal) { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_in_the_current_folder_is_found_and_its_values_tell_their_line()
    {
        var outcome = Read("target = \"shop:app\"\nworkers = 3\ntimeout = \"2m\"\nenv = [\"A=1\", \"B=2\"]\npreload = true\n");
        Assert.Equal(("shop:app", "3", "on"), (outcome.Settings!.App.Target, Shown(outcome, "workers"), Shown(outcome, "preload")));
        Assert.Equal(["1", "2"], outcome.Settings.App.Environment.Values.Order(StringComparer.Ordinal));
        var source = outcome.SourceOf(SettingTable.Find("--workers")!).ToString();
        Assert.Equal(("hotplate.toml:2", "hotplate.toml:1"), (source, outcome.TargetFrom));
    }

    [Fact]
    public void A_variable_wins_over_the_file_and_a_flag_over_both()
    {
        _environment["HOTPLATE_WORKERS"] = "4";
        _environment["HOTPLATE_THREADS"] = "7";
        var outcome = Read("target = \"shop:app\"\nworkers = 3\nthreads = 5\nbacklog = 99\n", "-w", "6");
        Assert.Equal(("6", "7", "99"), (Shown(outcome, "workers"), Shown(outcome, "threads"), Shown(outcome, "backlog")));
    }

    [Fact]
    public void Paths_are_relative_to_the_files_folder()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "site"));
        const string live = "target = \"./app.py\"\npythonpath = \"lib\"\nbind = \"unix:run.sock\"\n";
        File.WriteAllText(Path.Combine(_folder.Path, "site", "live.toml"), live);
        File.WriteAllText(Path.Combine(_folder.Path, "site", "app.py"), "");
        var settings = Read(null, "-c", "site/live.toml").Settings!;
        var site = Path.Combine(_folder.Path, "site");
        Assert.Equal((site, Path.Combine(site, "run.sock")), (settings.App.Directory, settings.Binds.Single().UnixPath));
        Assert.Contains(Path.Combine(site, "lib"), settings.App.PythonPath);
    }

    [Theory]
    [InlineData("workers = 0", "HP105", "hotplate.toml:1:11 workers = 0")]
    [InlineData("# first\nworkrs = 3", "HP151", "hotplate.toml:2:1 workrs")]
    [InlineData("workers = [1, 2]", "HP152", "hotplate.toml:1:11 workers")]
    [InlineData("workers = true", "HP152", "hotplate.toml:1:11 workers")]
    [InlineData("threads = 1\nthreads = 2", "HP150", "hotplate.toml:2:1")]
    [InlineData("workers = ", "HP150", "hotplate.toml:1:")]
    [InlineData("[aps.shop]\nworkers = 1", "HP151", "hotplate.toml:1:2 aps.shop")]
    [InlineData("timeout = \"soon\"", "HP106", "hotplate.toml:1:11 timeout = soon")]
    [InlineData("target = 3", "HP152", "hotplate.toml:1:10 target")]
    public void What_is_wrong_is_told_with_its_place_and_a_caret(string text, string code, string where)
    {
        var problem = ReadFor(text, "shop:app").Problems[0];
        Assert.Equal(code, problem.Code);
        Assert.StartsWith(where, problem.Where);
        Assert.EndsWith("^", problem.What);
        Assert.True(problem.IsUsage);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once_with_the_word_that_was_meant()
    {
        var problems = ReadFor("workrs = 3\ntimeout = \"soon\"\nmax_requests = 5\n", "shop:app").Problems;
        Assert.Equal(["HP151", "HP151", "HP106"], problems.Select(static one => one.Code));
        Assert.Equal("there is no such key. Did you mean workers?\n  workrs = 3\n  ^", problems[0].What);
        Assert.Contains("Did you mean max-requests?", problems[1].What);
    }

    [Theory]
    [InlineData("target = \"shop:app\"\ntimeout = 3x\n")]
    [InlineData("targt = \"shop:app\"\n")]
    public void No_application_is_looked_for_when_the_file_may_have_named_one(string file)
    {
        var outcome = Read(file);

        Assert.NotEmpty(outcome.Problems);
        Assert.Null(outcome.Search);
    }

    [Fact]
    public void What_is_not_UTF8_is_told_with_its_place()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "hotplate.toml"), [.. "workers = 1\nname = \""u8, 0xE9, (byte)'"']);
        var problem = Assert.Single(ReadFor(null, "shop:app").Problems);
        Assert.Equal(("HP150", "hotplate.toml:2:9"), (problem.Code, problem.Where));
    }

    [Fact]
    public void A_file_that_is_asked_for_must_be_there_and_none_reads_none()
    {
        Assert.Equal("HP150", Assert.Single(ReadFor(null, "shop:app", "-c", "other.toml").Problems).Code);
        Assert.Null(ReadFor("workers = nonsense", "shop:app", "-c", "none").Settings!.File);
    }

    [Fact]
    public void The_environment_wins_over_the_file_also_where_a_variable_is_the_platform_s()
    {
        _environment["PORT"] = "8123";
        _environment["HOTPLATE_TIMEOUT"] = "7s";

        var outcome = ReadFor("bind = \":8000\"\nworkers = 2\ntimeout = \"9s\"\n", "shop:app", "--workers", "4");

        Assert.Equal("0.0.0.0:8123", Shown(outcome, "bind"));
        Assert.Equal("7s", Shown(outcome, "timeout"));
        Assert.Equal("4", Shown(outcome, "workers"));
    }

    [Fact]
    public void Every_flag_has_its_key()
    {
        foreach (var setting in SettingTable.All.Where(static one => one.Name != "config"))
        {
            var file = HotplateFile.Parse("hotplate.toml", $"{setting.Name} = \"x\"\n", "/");
            Assert.Empty(file.Problems);
            Assert.Same(setting, Assert.Single(file.Keys).Setting);
        }
    }

    [Fact]
    public void A_pyproject_toml_holds_the_same_in_its_tables()
    {
        _folder.Write("pyproject.toml", """
            [project]
            name = "shop"

            # how it is served
            [tool.hotplate]
            target = "shop:app"
            workers = 3

            [tool.black]
            line-length = 140

            [[tool.hotplate.routes]]
            path = "/old/*"
            redirect = "/$1"
            """);
        var outcome = Read(null);
        Assert.Empty(outcome.Problems);
        Assert.Equal(("shop:app", "3"), (outcome.Settings!.App.Target, Shown(outcome, "workers")));
        Assert.Equal("pyproject.toml:7", outcome.SourceOf(SettingTable.Find("--workers")!).ToString());
        Assert.Equal("pyproject.toml:12:17", Assert.Single(outcome.Settings.Routes).Place);
        Assert.Equal("none", Shown(Read("target = \"shop:app\"\n"), "idle-stop"));
        Assert.Empty(Read("target = \"shop:app\"\n").Settings!.Routes);
    }

    [Theory]
    [InlineData("[tool.hotplate]\nwokers = 3\n", ErrorCode.UnknownKey, "pyproject.toml:2:1", "wokers = 3\n  ^")]
    [InlineData("[tool.hotplate]\nname = \"a\"\n\n[tool.hotplate.aps.shop]\n", ErrorCode.UnknownKey, "pyproject.toml:4:16", "[tool.hotplate.aps.shop]\n")]
    [InlineData("[tool.hotplate.apps.a]\ntarget = \"a:a\"\n[tool.hotplate]\nworkers = 2\n", ErrorCode.BadProjectFile, "pyproject.toml", "before")]
    public void What_is_wrong_in_a_pyproject_toml_is_told_with_its_place(string text, string code, string where, string what)
    {
        _folder.Write("pyproject.toml", text);
        var problem = Read(null).Problems.First(one => one.Code == code);
        Assert.StartsWith(where, problem.Where, StringComparison.Ordinal);
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
    }

    private static string Shown(SettingsOutcome outcome, string name) => SettingTable.Find("--" + name)!.Show(outcome.Settings!);

    private SettingsOutcome Read(string? file, params string[] flags) => ReadFor(file, target: null, flags);

    private SettingsOutcome ReadFor(string? file, string? target, params string[] flags)
    {
        if (file is not null)
        {
            File.WriteAllText(Path.Combine(_folder.Path, "hotplate.toml"), file);
        }
        return new SettingsReader(_environment, _folder.Path, cpus: 3).Read(target, ArgumentReader.Read(flags).Flags);
    }
}
