using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class PythonFinderTests : IDisposable
{
    private readonly TemporaryFolder _root = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly string _app;

    public PythonFinderTests()
    {
        _app = Path.Combine(_root.Path, "app");
        Directory.CreateDirectory(_app);
        _root.WriteProgram("usr/bin/python3");
        _root.WriteProgram("usr/bin/python3.12");
        _environment["PATH"] = Path.Combine(_root.Path, "none") + ":" + Path.Combine(_root.Path, "usr/bin");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_anything_else_it_is_python3_on_the_path() => Finds("usr/bin/python3", "python3 on PATH");

    [Fact]
    public void An_active_environment_goes_before_the_path()
    {
        _environment["VIRTUAL_ENV"] = Venv("active");
        Finds("active/bin/python", "$VIRTUAL_ENV");
    }

    [Fact]
    public void The_environment_that_Hotplate_is_installed_in_goes_before_the_path_only()
    {
        var own = Venv("own");
        var finder = new PythonFinder(_environment, _root.Path, own);
        Assert.Equal(Path.Combine(own, "bin/python"), finder.Find(python: null, venv: null, _app).Path);
        _environment["VIRTUAL_ENV"] = Venv("active");
        Assert.Equal("$VIRTUAL_ENV", finder.Find(python: null, venv: null, _app).FoundBy);
        var none = new PythonFinder(new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = _environment["PATH"] }, _root.Path, Path.Combine(_root.Path, "usr"));
        Assert.Equal("python3 on PATH", none.Find(python: null, venv: null, _app).FoundBy);
    }

    [Theory]
    [InlineData(".venv")]
    [InlineData("venv")]
    public void An_environment_beside_the_application_goes_before_the_active_one(string name)
    {
        _environment["VIRTUAL_ENV"] = Venv("active");
        Venv("app/" + name);
        Finds($"app/{name}/bin/python", $"{name} beside the application");
    }

    [Fact]
    public void An_environment_where_the_user_stands_is_found_too()
    {
        Venv(".venv");
        Finds(".venv/bin/python", ".venv beside the application");
    }

    [Fact]
    public void A_folder_called_venv_that_is_none_is_passed_over()
    {
        _root.Write("app/venv/readme.txt");
        Finds("usr/bin/python3", "python3 on PATH");
    }

    [Fact]
    public void The_flag_goes_before_all_and_knows_its_environment()
    {
        Venv("app/.venv");
        var mine = Venv("mine");
        var found = Finder().Find("mine/bin/python", null, _app);
        Assert.Equal((Path.Combine(mine, "bin/python"), mine), (found.Path, found.Venv));
    }

    [Fact]
    public void A_name_is_looked_for_on_the_path() =>
        Assert.Equal(Path.Combine(_root.Path, "usr/bin/python3.12"), Finder().Find("python3.12", null, _app).Path);

    [Fact]
    public void What_is_wrong_is_told_with_its_code()
    {
        _root.Write("plain/python");
        _root.Write("broken/pyvenv.cfg");
        Refuses(ErrorCode.BadPython, "./nowhere/python", null, "there is no file");
        Refuses(ErrorCode.BadPython, "./plain/python", null, "cannot be executed");
        Refuses(ErrorCode.BadPython, "./plain", null, "is a folder");
        Refuses(ErrorCode.BadPython, "python9", null, "no program \"python9\" on PATH");
        Refuses(ErrorCode.BadVenv, null, Path.Combine(_root.Path, "nowhere"), "there is no folder");
        Refuses(ErrorCode.BadVenv, null, Path.Combine(_root.Path, "broken"), "is missing");
        _environment["PATH"] = "/nowhere";
        Refuses(ErrorCode.NoPython, null, null, "no Python was found");
    }

    [Fact]
    public void An_environment_whose_python_is_gone_is_an_error_and_not_passed_over()
    {
        _root.Write("app/.venv/pyvenv.cfg");
        Directory.CreateDirectory(Path.Combine(_app, ".venv/bin"));
        File.CreateSymbolicLink(Path.Combine(_app, ".venv/bin/python"), "/opt/gone/python3.9");
        Refuses(ErrorCode.BadVenv, null, null, "points at /opt/gone/python3.9, which is gone");
    }

    [Fact]
    public void A_project_in_place_of_its_environment_is_told_of_that_and_never_to_clear_anything()
    {
        _root.Write("shop/app.py");
        Refuses(ErrorCode.BadVenv, null, Path.Combine(_root.Path, "shop"), $"Make one in it:  python3 -m venv {_root.Path}/shop/.venv");
        Venv("shop/.venv");
        Refuses(ErrorCode.BadVenv, null, Path.Combine(_root.Path, "shop"), $"holds one. Did you mean --venv {_root.Path}/shop/.venv?");
        _root.Write("app/.venv/pyvenv.cfg");
        Refuses(ErrorCode.BadVenv, null, null, $"Make a new environment beside it");
        Assert.Empty(
            from path in House.Repository.Files("src", "*.cs").Concat(House.Repository.Files("python", "*.py")).Concat(House.Repository.Files("docs", "*.md"))
            where File.ReadAllText(path).Contains("venv --clear", StringComparison.Ordinal)
            select path);
    }

    [Fact]
    public void An_active_environment_that_is_gone_is_named_with_its_variable()
    {
        _environment["VIRTUAL_ENV"] = "/opt/gone";
        Refuses(ErrorCode.BadVenv, null, null, "there is no folder /opt/gone, which VIRTUAL_ENV names");
    }

    [Fact]
    public void A_folder_called_dot_venv_that_is_none_is_mentioned()
    {
        Assert.Null(Finder().PassedOver(_app));
        Directory.CreateDirectory(Path.Combine(_app, ".venv"));
        Finds("usr/bin/python3", "python3 on PATH");
        Assert.Equal(Path.Combine(_app, ".venv"), Finder().PassedOver(_app));
        Venv("app/.venv");
        Assert.Null(Finder().PassedOver(_app));
    }

    [Fact]
    public void What_is_behind_a_folder_that_one_may_not_enter_is_not_called_missing()
    {
        Assert.SkipWhen(Environment.UserName == "root", "root may enter everything");
        _root.WriteProgram("closed/python");
        File.SetUnixFileMode(Path.Combine(_root.Path, "closed"), UnixFileMode.None);
        Refuses(ErrorCode.BadPython, "./closed/python", null, $"may not enter {_root.Path}/closed");
    }

    [Theory]
    [InlineData("PYENV_VERSION", "3.12.1")]
    [InlineData("file beside the application", "3.10.2")]
    [InlineData("global", "3.11.7")]
    public void A_shim_of_pyenv_is_seen_through(string decider, string version)
    {
        _root.WriteProgram("pyenv/shims/python3");
        _root.WriteProgram($"pyenv/versions/{version}/bin/python3");
        _root.Write("pyenv/version", decider == "global" ? version + "\n" : "system\n");
        _environment["PATH"] = Path.Combine(_root.Path, "pyenv/shims");
        if (decider == "PYENV_VERSION")
        {
            _environment["PYENV_VERSION"] = version;
        }
        else if (decider != "global")
        {
            _root.Write("app/.python-version", $"# ours\n{version}\n");
        }
        Finds($"pyenv/versions/{version}/bin/python3", "python3 on PATH");
    }

    [Fact]
    public void A_shim_whose_answer_is_not_plain_is_started_itself()
    {
        _root.WriteProgram("pyenv/shims/python3");
        Directory.CreateDirectory(Path.Combine(_root.Path, "pyenv/versions"));
        _root.Write("pyenv/version", "system\n");
        _environment["PATH"] = Path.Combine(_root.Path, "pyenv/shims");
        Finds("pyenv/shims/python3", "python3 on PATH");
    }

    private PythonFinder Finder() => new(_environment, _root.Path);

    private void Finds(string path, string because)
    {
        var found = Finder().Find(null, null, _app);
        Assert.Equal((Path.Combine(_root.Path, path), because), (found.Path, found.FoundBy));
    }

    private void Refuses(string code, string? python, string? venv, string words)
    {
        var problem = Assert.Throws<SettingException>(() => Finder().Find(python, venv, _app));
        Assert.Equal(code, problem.Code);
        Assert.Contains(words, problem.Message);
    }

    private string Venv(string name)
    {
        _root.Write(name + "/pyvenv.cfg");
        _root.WriteProgram(name + "/bin/python");
        return Path.Combine(_root.Path, name);
    }
}
