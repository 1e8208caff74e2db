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
            ["-e A", "--mount shop", "-w 0", "--threads x", "PORT=80a", "nowhere.py", $"--chdir {_folder.Path}/gone", $"--venv {_folder.Path}/gone"],
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
    public void Flags_win_over_our_variables_those_over_gunicorns_those_over_its_file_and_that_over_the_platform()
    {
        _folder.Write("gunicorn.conf.py");
        _environment["WEB_CONCURRENCY"] = "2";
        Assert.Equal((2, "environment WEB_CONCURRENCY"), From());
        Assert.Equal((3, "gunicorn.conf.py workers"), From(Said("workers", "3")));
        Assert.Equal((4, "environment GUNICORN_CMD_ARGS --workers"), From(Said("workers", "3"), "--workers=4"));
        _environment["HOTPLATE_WORKERS"] = "5";
        Assert.Equal((5, "environment HOTPLATE_WORKERS"), From(Said("workers", "3"), "--workers=4"));
        Assert.Equal((6, "flag -w"), From(Said("workers", "3"), "--workers=4", "-w", "6"));

        (int, string) From(ConfiguredName? said = null, string variable = "", params string[] flags)
        {
            var outcome = Reader(said is null ? [] : [said]).Read("shop:app", ArgumentReader.Read(flags).Flags, ArgumentReader.Read(GunicornArguments.Split(variable)).Flags);
            return (outcome.Settings!.Workers.Count, outcome.SourceOf(SettingTable.Find("-w")!).ToString());
        }
    }

    [Fact]
    public void What_gunicorns_file_sets_is_applied_as_its_flags_would_be()
    {
        _folder.Write("gunicorn.conf.py");
        ConfiguredName[] names =
        [
            Said("bind", "127.0.0.1:1", "127.0.0.1:2"), Said("keepalive", "5"), Said("preload_app", "on"), Said("raw_env", "A=1,2", "B=3"), Said("pidfile", "/tmp/x.pid"),
            Said("proc_name", "till"), Said("umask", "23"), Said("max_requests", "1000"), Said("limit_request_field_size", "0"), Said("access_log_format", "%(h)s %(s)s"),
            Said("accesslog", "-"), Said("loglevel", "warning"), Said("timeout", "90"), Said("graceful_timeout", "7"), Said("backlog", "64"), Said("user"), Said("daemon", "off"),
        ];
        var outcome = Reader(names).Read("shop:app", []);
        Assert.Empty(outcome.Problems);
        Assert.Empty(outcome.Warnings);
        var settings = outcome.Settings!;
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], settings.Binds.Select(bind => bind.Text));
        Assert.Equal((5, 90, 7), (settings.Http.KeepAlive.TotalSeconds, settings.Workers.Timeout.TotalSeconds, settings.GracefulTimeout.TotalSeconds));
        Assert.Equal((Preload.On, "till", "1,2"), (settings.App.Preload, settings.App.Name, settings.App.Environment["A"]));
        Assert.Equal((23, 64, 1000, 65535), (settings.Umask, settings.Http.Backlog, settings.Recycle.MaxRequests, settings.Http.LimitRequestFieldSize));
        Assert.Equal(("/tmp/x.pid", "-", "%(h)s %(s)s"), (settings.Control.PidFile, settings.Log.AccessLogFile, settings.Log.AccessLogPattern!.Text));
    }

    [Fact]
    public void Every_name_of_gunicorns_that_is_not_applied_is_told()
    {
        _folder.Write("gunicorn.conf.py");
        ConfiguredName[] names =
        [
            Said("worker_class", "gevent"), Said("when_ready") with { Type = "function", Values = null }, Said("post_fork") with { Type = "function", Values = null },
            Said("secure_scheme_headers") with { Type = "dict", Values = null }, Said("tmp_upload_dir", "/tmp"), Said("logger_class", "x"), Said("capture_output", "on"),
            Said("graceful_timeot", "4"), Said("cores", "4"), Said("reload", "on"), Said("on_exit") with { Type = "function", Values = null },
        ];
        var outcome = Reader(names).Read("shop:app", []);
        Assert.Empty(outcome.Problems);
        Assert.Equal(
            ["worker_class", "secure_scheme_headers", "tmp_upload_dir", "logger_class", "capture_output", "graceful_timeot", "reload", "no use is made of when_ready, on_exit"],
            outcome.Warnings.Select(line => line[$"{_folder.Path}/gunicorn.conf.py: ".Length..].Split([": ", " is no setting", ". Hotplate"], StringSplitOptions.None)[0]));
    }

    [Fact]
    public void What_gunicorns_file_asks_for_and_cannot_be_had_stops_the_start()
    {
        _folder.Write("gunicorn.conf.py");
        var problems = Reader([Said("daemon", "on"), Said("spew", "on"), Said("bind", "127.0.0.1:x"),
            Said("workers") with { Type = "dict", Values = null }]).Read("shop:app", []).Problems;
        Assert.Equal(["HP109", "HP122", "HP121", "HP121"], problems.Select(problem => problem.Code));
        Assert.All(problems, problem => Assert.StartsWith($"{_folder.Path}/gunicorn.conf.py: ", problem.Where));
    }

    [Fact]
    public void Gunicorns_file_may_name_the_target() => Assert.Equal("shop:app", WithFile(Said("wsgi_app", "shop:app")).Read(null, []).Settings!.App.Target);

    [Fact]
    public void In_development_only_what_the_application_needs_is_taken_from_gunicorns_file()
    {
        _folder.Write("gunicorn.conf.py");
        var outcome = new SettingsReader(_environment, _folder.Path, 3, development: true, _ => new GunicornConfiguration(
            Path.Combine(_folder.Path, "gunicorn.conf.py"), [Said("bind", "0.0.0.0:80"), Said("raw_env", "A=b"), Said("worker_class", "gevent")], Failure: null)).Read("shop:app", []);
        Assert.Empty(outcome.Warnings);
        Assert.Equal(("127.0.0.1:8000", "b"), (outcome.Settings!.Binds.Single().Text, outcome.Settings.App.Environment["A"]));
    }

    [Fact]
    public void A_file_that_is_asked_for_must_be_there_and_none_means_none()
    {
        Assert.Equal("HP122  --config " + _folder.Path + "/nowhere.py: there is no such file.", Assert.Single(Reader([]).Read("shop:app", ArgumentReader.Read(["-c", "nowhere.py"]).Flags).Problems).ToString());
        _folder.Write("gunicorn.conf.py");
        Assert.Null(Reader([Said("workers", "7")]).Read("shop:app", ArgumentReader.Read(["-c", "none"]).Flags).Settings!.App.Config);
        Assert.Equal("HP122", Assert.Single(Reader([]).Read("shop:app", ArgumentReader.Read(["-c", "python:shop.conf"]).Flags).Problems).Code);
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

    private static ConfiguredName Said(string name, params string[] values) => new(name, "str", values);

    private SettingsReader WithFile(params ConfiguredName[] names)
    {
        _folder.Write("gunicorn.conf.py");
        return Reader(names);
    }

    private SettingsReader Reader(IReadOnlyList<ConfiguredName> names) =>
        new(_environment, _folder.Path, cpus: 3, run: app => new GunicornConfiguration(app.Config!, names, Failure: null));

    private ServerSettings Accepts(string target, params string[] flags)
    {
        var outcome = Read(target, flags);
        Assert.Empty(outcome.Problems);
        return outcome.Settings!;
    }

    private SettingsOutcome Read(string target, params string[] flags) =>
        new SettingsReader(_environment, _folder.Path, cpus: 3).Read(target, ArgumentReader.Read(flags).Flags);
}
