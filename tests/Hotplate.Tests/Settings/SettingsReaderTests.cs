using Hotplate.Cli;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class SettingsReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public SettingsReaderTests()
    {
        _folder.WriteProgram("bin/python3");
        _environment["PATH"] = Path.Combine(_folder.Path, "bin");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_flags_everything_has_its_default()
    {
        var settings = Accepts("shop:app");
        Assert.Equal("127.0.0.1:8000", settings.Binds.Single().Text);
        Assert.Equal((3, 256), (settings.Workers.Count, settings.Workers.Threads));
        Assert.Equal((_folder.Path, "shop", "shop:app"), (settings.App.Directory, settings.App.Name, settings.App.Target));
    }

    [Fact]
    public void A_flag_wins_over_a_variable_and_ours_over_the_platforms()
    {
        _environment["WEB_CONCURRENCY"] = "4";
        Assert.Equal(4, Accepts("shop:app").Workers.Count);
        _environment["HOTPLATE_WORKERS"] = "5";
        Assert.Equal(5, Accepts("shop:app").Workers.Count);
        Assert.Equal(6, Accepts("shop:app", "-w", "6").Workers.Count);
        Assert.Equal(3, Accepts("shop:app", "-w", "auto").Workers.Count);
    }

    [Fact]
    public void The_port_of_the_platform_listens_everywhere_unless_a_bind_is_given()
    {
        _environment["PORT"] = "5000";
        Assert.Equal("0.0.0.0:5000", Accepts("shop:app").Binds.Single().Text);
        Assert.Equal(["127.0.0.1:1", ":2"], Accepts("shop:app", "-b", "127.0.0.1:1", "--bind=:2").Binds.Select(bind => bind.Text));
    }

    [Fact]
    public void An_empty_variable_says_nothing()
    {
        _environment["PORT"] = "";
        _environment["HOTPLATE_THREADS"] = "";
        Assert.Equal("127.0.0.1:8000", Accepts("shop:app").Binds.Single().Text);
    }

    [Fact]
    public void Several_values_of_a_variable_are_separated()
    {
        _environment["HOTPLATE_BIND"] = ":1, :2";
        _environment["HOTPLATE_ENV"] = "A=1,2\nB=";
        var settings = Accepts("shop:app");
        Assert.Equal([":1", ":2"], settings.Binds.Select(bind => bind.Text));
        Assert.Equal(("1,2", ""), (settings.App.Environment["A"], settings.App.Environment["B"]));
    }

    [Fact]
    public void Gunicorns_words_have_gunicorns_meaning()
    {
        var settings = Accepts(
            "shop:app", "--limit-request-field_size", "0", "--limit-request-line=0", "--keep-alive", "5", "--graceful-timeout", "7", "--preload",
            "-e", "A=b", "-n", "till", "--forwarded-allow-ips", "*", "--access-logfile", "-", "--log-level", "warning");
        Assert.Equal((65535, 65535), (settings.Http.LimitRequestFieldSize, settings.Http.LimitRequestLine));
        Assert.Equal((5, 7), (settings.Http.KeepAlive.TotalSeconds, settings.GracefulTimeout.TotalSeconds));
        Assert.Equal(Preload.On, settings.App.Preload);
        Assert.True(settings.Http.TrustedProxies.Everyone);
        Assert.Equal(("till", "-"), (settings.App.Name, settings.Log.AccessLogFile));
    }

    [Fact]
    public void A_file_makes_its_folder_the_directory_unless_another_is_chosen()
    {
        _folder.Write("shop/app.py");
        _folder.Write("elsewhere/x");
        var shop = Path.Combine(_folder.Path, "shop");
        Assert.Equal(shop, Accepts("shop/app.py").App.Directory);
        var app = Accepts("shop/app.py", "--chdir", "elsewhere", "--pythonpath", "lib,more").App;
        Assert.Equal(Path.Combine(_folder.Path, "elsewhere"), app.Directory);
        Assert.Equal([shop, Path.Combine(_folder.Path, "lib"), Path.Combine(_folder.Path, "more")], app.PythonPath);
    }

    [Fact]
    public void All_problems_are_told_at_once_each_with_its_place()
    {
        _environment["PORT"] = "80a";
        var outcome = Read("nowhere.py", "-w", "0", "--threads=x", "--mount", "shop", "-e", "A", "--chdir", "gone", "--venv", "gone");
        Assert.Null(outcome.Settings);
        Assert.Equal(
            ["PORT=80a", "-e A", "--mount shop", "-w 0", "--threads x", "nowhere.py", $"--chdir {_folder.Path}/gone", $"--venv {_folder.Path}/gone"],
            outcome.Problems.Select(problem => problem.Where));
    }

    [Fact]
    public void An_environment_in_a_flag_wins_over_an_interpreter_in_a_variable()
    {
        _folder.Write("mine/pyvenv.cfg");
        var python = _folder.WriteProgram("mine/bin/python");
        _environment["HOTPLATE_PYTHON"] = Path.Combine(_folder.Path, "bin/python3");
        Assert.Equal((python, "--venv"), (Accepts("shop:app", "--venv", "mine").App.Python, Accepts("shop:app", "--venv", "mine").App.PythonFoundBy));
        Assert.Equal("--python", Accepts("shop:app").App.PythonFoundBy);
    }

    [Fact]
    public void The_folder_of_an_environment_that_is_empty_is_mentioned_with_what_is_used_instead()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, ".venv"));
        Assert.Contains($"{_folder.Path}/.venv is no virtual environment", Assert.Single(Read("shop:app").Warnings));
    }

    [Fact]
    public void The_same_place_twice_is_refused() =>
        Assert.Equal("0.0.0.0:80 is given twice. Remove one of them.", Read("shop:app", "-b", ":80", "-b", "0.0.0.0:80").Problems.Single().What);

    [Fact]
    public void Where_a_value_came_from_is_known()
    {
        _environment["WEB_CONCURRENCY"] = "2";
        var outcome = Read("shop:app", "-b", ":1");
        string From(string flag) => outcome.SourceOf(SettingTable.Find(flag)!).ToString();
        Assert.Equal(("environment WEB_CONCURRENCY", "flag -b", "default"), (From("--workers"), From("--bind"), From("--threads")));
    }

    [Fact]
    public void A_variable_with_a_slip_in_its_name_is_mentioned_and_one_of_Kubernetes_is_not()
    {
        _environment["HOTPLATE_WORKRES"] = "4";
        _environment["HOTPLATE_SERVICE_HOST"] = "10.0.0.1";
        _environment["HOTPLATE_PORT_8000_TCP"] = "tcp://10.0.0.1:8000";
        Assert.Equal(["HOTPLATE_WORKRES in the environment is not known. Did you mean HOTPLATE_WORKERS?"], Read("shop:app").Warnings);
    }

    private ServerSettings Accepts(string target, params string[] flags)
    {
        var outcome = Read(target, flags);
        Assert.Empty(outcome.Problems);
        return outcome.Settings!;
    }

    private SettingsOutcome Read(string target, params string[] flags) =>
        new SettingsReader(_environment, _folder.Path, cpus: 3).Read(target, ArgumentReader.Read(flags).Flags);
}
