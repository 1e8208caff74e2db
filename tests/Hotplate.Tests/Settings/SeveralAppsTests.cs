using Hotplate.Cli;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Settings;

/// <summary>A hotplate.toml with tables [apps.NAME].</summary>
public sealed class SeveralAppsTests : IDisposable
{
    private const string Routes = "[[routes]]\napp = \"shop\"\n[[routes]]\npath = \"/admin/*\"\napp = \"admin\"\n";
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment =
        new(StringComparer.Ordinal) { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };

    public SeveralAppsTests()
    {
        foreach (var name in new[] { "shop", "admin" })
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, name));
            File.WriteAllText(Path.Combine(_folder.Path, name, "app.py"), "from flask import Flask\napp = Flask(__name__)\n");
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_has_its_own_and_what_stands_above_is_for_all()
    {
        var apps = Read(
            "threads = 3\ntimeout = \"9s\"\n"
            + "[apps.shop]\ntarget = \"app:app\"\nchdir = \"shop\"\nworkers = 2\nenv = { DEBUG = 0, ON = true }\n"
            + "[apps.admin]\nchdir = \"admin\"\nthreads = 7\n[apps.admin.env]\nSECRET = \"x\"\n" + Routes).Settings!.Apps;
        Assert.Equal(["shop", "admin"], apps.Select(static one => one.App.Name));
        Assert.Equal([3, 7], apps.Select(static one => one.Workers.Threads));
        Assert.All(apps, static one => Assert.Equal(TimeSpan.FromSeconds(9), one.Workers.Timeout));
        string[] folders = [Path.Combine(_folder.Path, "shop"), Path.Combine(_folder.Path, "admin")];
        Assert.Equal(folders, apps.Select(static one => one.App.Directory));
        Assert.Equal(("0", "true"), (apps[0].App.Environment["DEBUG"], apps[0].App.Environment["ON"]));
        Assert.Equal("x", apps[1].App.Environment["SECRET"]);
        Assert.DoesNotContain("SECRET", apps[0].App.Environment.Keys);
    }

    [Fact]
    public void A_target_that_is_not_named_is_looked_for_in_its_folder()
    {
        var apps = Read("[apps.shop]\nchdir = \"shop\"\n").Settings!.Apps;
        Assert.Equal("app", Assert.Single(apps).App.Target);
    }

    [Fact]
    public void A_file_is_looked_for_in_the_applications_folder()
    {
        var apps = Read("[apps.shop]\nchdir = \"shop\"\ntarget = \"app.py\"\n").Settings!.Apps;
        Assert.Contains(Path.Combine(_folder.Path, "shop"), new[] { apps[0].App.Directory });
    }

    [Fact]
    public void One_that_nobody_counted_begins_with_one_worker_and_may_get_more()
    {
        var workers = Read("[apps.shop]\nchdir = \"shop\"\n").Settings!.Apps[0].Workers;
        Assert.Equal((1, 1, 4), (workers.Count, workers.Least, workers.Most));
    }

    [Theory]
    [InlineData("[apps.shop]\nbind = \":80\"", "HP151", "hotplate.toml:2:1 bind", "at the top of the file")]
    [InlineData("[apps]\nshop = 1", "HP151", "hotplate.toml:1:2 apps", "[apps.shop]")]
    [InlineData("[apps.\"a b\"]\nworkers = 1", "HP119", "hotplate.toml:1:2 apps.a b", "without spaces")]
    [InlineData("[app.shop]\nworkers = 1", "HP151", "hotplate.toml:1:2 app.shop", "Did you mean [apps.NAME]")]
    [InlineData("[apps.shop]\nworkrs = 1", "HP151", "hotplate.toml:2:1 workrs", "Did you mean workers")]
    [InlineData("[apps.shop]\nenv = { A = [1] }", "HP152", "hotplate.toml:2:13 A", "text or a number")]
    [InlineData("target = \"app:app\"\n[apps.shop]\nchdir = \"shop\"", "HP151", "hotplate.toml:1:10 target", "Move this key")]
    [InlineData("[apps.none]\nchdir = \".\"", "HP126", "hotplate.toml:1:2", "no application was found in its folder")]
    [InlineData("[apps.shop]\ntarget = 1", "HP152", "hotplate.toml:2:10 target", "text is needed")]
    public void What_is_wrong_is_told_with_its_place(string text, string code, string where, string what)
    {
        var problem = Assert.Single(Read(text).Problems, problem => problem.Code == code);
        Assert.StartsWith(where, problem.Where, StringComparison.Ordinal);
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_above_the_tables_is_told_once()
    {
        var outcome = Read("workers = 0\n[apps.shop]\nchdir = \"shop\"\n[apps.admin]\nchdir = \"admin\"\n" + Routes);
        Assert.Equal("HP105", Assert.Single(outcome.Problems).Code);
    }

    [Fact]
    public void Several_need_routes()
    {
        var problem = Assert.Single(Read("[apps.shop]\nchdir = \"shop\"\n[apps.admin]\nchdir = \"admin\"\n").Problems);
        Assert.Equal(("HP153", "hotplate.toml:3:2 apps.admin"), (problem.Code, problem.Where));
        Assert.Contains("app = \"admin\"", problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_no_route_leads_to_is_told()
    {
        var outcome = Read("[apps.shop]\nchdir = \"shop\"\n[apps.admin]\nchdir = \"admin\"\n[[routes]]\napp = \"shop\"\n");
        Assert.Contains("no route leads to admin", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_beside_them_is_refused()
    {
        var outcome = Read("[apps.shop]\nchdir = \"shop\"\n", "other:app");
        Assert.Contains("the file names what is served: shop", Assert.Single(outcome.Problems).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_shows_the_server_and_then_each_application()
    {
        var outcome = Read("workers = 3\n[apps.shop]\nchdir = \"shop\"\n[apps.admin]\nchdir = \"admin\"\nworkers = 1\n" + Routes);
        var text = ConfigVerb.Make(outcome);
        Assert.Matches(@"(?s)^bind .*\n\n\[apps\.shop\]\ntarget .*workers +3 .*\n\n\[apps\.admin\]\n.*workers +1 ", text);
    }

    private SettingsOutcome Read(string text, params string[] arguments)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "hotplate.toml"), text);
        var invocation = ArgumentReader.Read(["serve", .. arguments]);
        return new SettingsReader(_environment, _folder.Path, cpus: 4).Read(invocation.Operands.FirstOrDefault(), invocation.Flags);
    }
}
