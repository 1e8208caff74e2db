using Hotplate.Generate;
using Hotplate.Settings;

namespace Hotplate.Tests.Generate;

/// <summary>The command line in a generated file gives the server the settings that it was generated from.</summary>
public sealed class ServeWordsTests : IDisposable
{
    private static readonly string[] s_apart = ["env", "chdir"];
    private readonly TemporaryFolder _folder = new();

    public ServeWordsTests()
    {
        _folder.Write("shop/app.py");
        _folder.Write("shop/mysite.wsgi");
        _folder.Write("lib/more.py");
        _folder.Write("pages/404.html");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("shop/app.py")]
    [InlineData("shop/mysite.wsgi:application -w 2-6 --preload --umask 027")]
    [InlineData("""x:create_app("a b", kind='$HOME') -b :80 -b unix:/tmp/x.sock?mode=660 -b [::1]:0 --mount /shop --name my-shop""")]
    [InlineData("x --warmup /a --warmup /b?c=1 --health-path /h --timeout 1.5 --max-queue-time 250ms --ready-work 300us")]
    [InlineData("x -w auto --threads 3 --max-body-size none --client-memory 100M --no-replay --forwarded-allow-ips 10.0.0.0/8,::1 --livez-path off")]
    [InlineData("x --forwarded-allow-ips= --access-logfile - --access-log-format json --log-level debug --log-format json --output raw")]
    [InlineData("x --pythonpath lib --pythonpath shop,lib --error-pages pages --max-requests 9 --max-requests-jitter 2 --max-worker-age 2h")]
    [InlineData("x --access-logformat '%(h)s \"%(r)s\" %(s)s' --metrics 127.0.0.1:9100 --control none --drain-delay 3s --graceful-timeout 0 --keep-alive 99")]
    [InlineData("x --max-worker-memory 300M --max-worker-memory-hard 400M --max-connections 77 --fair-queue off --max-client-requests off")]
    public void Read_again_in_the_applications_folder_they_mean_the_same(string line)
    {
        var words = ShopSites.Words(line);
        var first = ShopSites.Read(_folder.Path, words);
        Assert.Empty(first.Problems);
        var site = new Site(first.Settings!, first.SourceOf, "/usr/bin/hotplate");
        var again = ShopSites.Read(site.Directory, [.. site.Words().Skip(1)]);
        Assert.Empty(again.Problems);
        Assert.All(SettingTable.All.Where(static setting => !s_apart.Contains(setting.Name)), setting => Assert.Equal((setting.Name, setting.Show(first.Settings!)), (setting.Name, setting.Show(again.Settings!))));
        Assert.Equal(first.Settings!.App.Target, again.Settings!.App.Target);
    }

    [Fact]
    public void On_another_machine_paths_are_those_of_the_copy_and_this_ones_python_is_forgotten()
    {
        var site = ShopSites.Of(_folder.Path, "shop/mysite.wsgi", "--python", "/usr/bin/python3", "--pythonpath", "shop/lib", "--access-logfile", "access.log", "--pid", "pid", "-e", "KEY=secret");
        Assert.Equal(["serve", "./mysite.wsgi", "--bind", "0.0.0.0:8000", "--access-logfile", "-", "--pythonpath", "lib"], site.WordsElsewhere("0.0.0.0:8000"));
    }

    [Fact]
    public void What_suits_the_place_gives_way_to_what_was_said()
    {
        var site = ShopSites.Of(_folder.Path, "x", "--keep-alive", "7");
        Assert.Equal(["serve", "x", "--keep-alive", "7s", "--graceful-timeout", "8s"], site.WordsElsewhere(null, ("graceful-timeout", "8s"), ("keep-alive", "600s")));
    }

    [Fact]
    public void A_line_end_cannot_stand_in_such_a_file() =>
        Assert.Equal(ErrorCode.CannotGenerate, Assert.Throws<SettingException>(() => ShopSites.Of(_folder.Path, "x:make(\"a\nb\")").Words()).Code);

    [Theory]
    [InlineData("x", "/srv/blog", "x")]
    [InlineData("app", "/srv/Blog_2", "blog-2")]
    [InlineData("mysite.wsgi:application", "/srv/y", "mysite")]
    [InlineData("wsgi", "/srv/app", "app")]
    [InlineData("shop.app:create()", "/srv", "shop")]
    public void A_site_is_called_by_what_is_its_own(string target, string folder, string name)
    {
        var outcome = ShopSites.Read(_folder.Path, [target]);
        var settings = outcome.Settings! with { App = outcome.Settings!.App with { Directory = folder } };
        Assert.Equal(name, new Site(settings, outcome.SourceOf, "/usr/bin/hotplate").Name);
        Assert.Equal("named", new Site(settings with { App = settings.App with { Name = "Named" } }, static _ => new SettingSource(SettingLayer.Flag, "--name"), "").Name);
    }
}
