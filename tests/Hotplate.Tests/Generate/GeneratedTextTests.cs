using System.Text.RegularExpressions;
using Hotplate.Generate;
using Hotplate.Service;
using Hotplate.Settings;

namespace Hotplate.Tests.Generate;

/// <summary>What the settings make of the files.</summary>
public sealed partial class GeneratedTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => [.. GeneratedKind.All.Select(static kind => kind.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_tidy_whatever_the_settings_are(string kind)
    {
        string[][] all =
        [
            ["shop:app"],
            ["shop:app", "-e", "A=1", "-e", "B=x y", "--mount", "/shop", "--livez-path", "off", "--readyz-path", "off", "--metrics", ":9100", "-b", ":80", "--limit-request-line", "9000"],
            ["shop:app", "-b", "unix:/tmp/hot.sock", "--timeout", "0", "--max-body-size", "none", "--forwarded-allow-ips", "10.0.0.1", "--pid", "/tmp/pid", "--control", "none"],
        ];
        foreach (var words in all)
        {
            var site = ShopSites.Of(_folder.Path, [.. words, "--access-logfile", "/var/log/access.log"]);
            foreach (var file in GeneratedKind.All.Single(one => one.Name == kind).Make(site))
            {
                Assert.EndsWith("\n", file.Text);
                Assert.False(file.Text.EndsWith("\n\n", StringComparison.Ordinal), $"{file.Name} ends in an empty line");
                Assert.DoesNotContain("\n\n\n", file.Text);
                Assert.DoesNotContain("{{", file.Text);
                Assert.All(file.Text.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
                Assert.DoesNotContain('\t', file.Text);
            }
        }
    }

    [Theory]
    [InlineData("nginx", "proxy_read_timeout 75s;", "client_max_body_size 10m;", "keepalive_timeout 40s;")]
    [InlineData("apache", "timeout=75", "LimitRequestBody 10485760", "ttl=40")]
    [InlineData("haproxy", "timeout server 75s", "timeout queue 75s", "server one 127.0.0.1:9000 ")]
    [InlineData("kubernetes", "terminationGracePeriodSeconds: 55", "\"--drain-delay\", \"10s\"", "\"--workers\", \"2\"")]
    [InlineData("compose", "stop_grace_period: 45s", "\"0.0.0.0:8000\"", "127.0.0.1:8000:8000")]
    [InlineData("cloud-run", "timeoutSeconds: 75", "\"--keep-alive\", \"50s\"", "\"--graceful-timeout\", \"40s\"")]
    [InlineData("beanstalk", "web: hotplate serve shop:app --bind 127.0.0.1:8000 ", "--timeout 40s", "--keep-alive 50s")]
    [InlineData("systemd", "TimeoutStopSec=45", "--bind :9000 ", "Environment=HOTPLATE_CONTROL=/run/shop/control")]
    public void Times_and_sizes_follow_from_the_settings(string kind, params string[] parts)
    {
        var site = ShopSites.Of(_folder.Path, "shop:app", "--timeout", "40", "--keep-alive", "50", "--max-body-size", "10M", "--graceful-timeout", "40", "-b", ":9000");
        var text = ShopSites.Text(kind, site);
        Assert.All(parts, part => Assert.Contains(part, text));
    }

    [Theory]
    [InlineData(":80", "")]
    [InlineData(":8000", "AmbientCapabilities CapabilityBoundingSet PrivateUsers")]
    public void The_unit_is_the_packages_but_for_what_one_site_says_otherwise(string bind, string more)
    {
        string[] own =
        [
            "Description", "User", "Group", "WorkingDirectory", "ExecStart", "ExecReload", "EnvironmentFile", "Environment", "TimeoutStartSec",
            "TimeoutStopSec", "RuntimeDirectory", "StateDirectory", "ProtectHome", .. more.Split(' '),
        ];
        var made = ShopSites.Text("systemd", ShopSites.Of("/usr/share", "shop:app", "-b", bind)).Split('\n').Where(static line => !line.StartsWith('#'));
        var packaged = UnitText.Packaged().Split('\n').Where(static line => !line.StartsWith('#'));
        Assert.Equal(packaged.Where(Common), made.Where(Common));

        bool Common(string line) => line.Length > 0 && !own.Contains(line.Split('=')[0]);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("apache")]
    [InlineData("haproxy")]
    public void A_proxy_needs_an_address_that_stays(string kind)
    {
        var problem = Assert.Throws<SettingException>(() => ShopSites.Text(kind, ShopSites.Of(_folder.Path, "shop:app", "-b", "127.0.0.1:0", "-b", "unix:@shop")));
        Assert.Equal(ErrorCode.CannotGenerate, problem.Code);
        Assert.Contains("127.0.0.1:0, unix:@shop", problem.Message);
        Assert.Contains("Take care: --forwarded-allow-ips 10.0.0.1 ", ShopSites.Text(kind, ShopSites.Of(_folder.Path, "shop:app", "--forwarded-allow-ips", "10.0.0.1")));
        Assert.DoesNotContain("Take care", ShopSites.Text(kind, ShopSites.Of(_folder.Path, "shop:app")));
    }

    [Fact]
    public void HTTP_2_is_for_who_speaks_it()
    {
        var site = ShopSites.Of(_folder.Path, "shop:app", "-b", "h2c:127.0.0.1:9000");
        Assert.Contains("server one 127.0.0.1:9000 proto h2 check-proto h2 check", ShopSites.Text("haproxy", site));
        Assert.Throws<SettingException>(() => ShopSites.Text("nginx", site));
    }

    [Fact]
    public void Nothing_is_rotated_where_there_is_no_log_file() =>
        Assert.Contains("--access-logfile", Assert.Throws<SettingException>(() => ShopSites.Text("logrotate", ShopSites.Of(_folder.Path, "shop:app", "--access-logfile", "-"))).Message);

    [Fact]
    public void A_secret_is_in_no_image_and_in_no_Procfile()
    {
        var site = ShopSites.Of(_folder.Path, "shop:app", "-e", "SECRET_KEY=abracadabra");
        Assert.All(new[] { "dockerfile", "procfile", "pythonanywhere" }, kind => Assert.DoesNotContain("abracadabra", ShopSites.Text(kind, site)));
        Assert.Contains("SECRET_KEY", ShopSites.Text("procfile", site));
    }

    [Fact]
    public void Beanstalks_Procfile_has_only_lines_that_it_takes() =>
        Assert.All(ShopSites.Text("beanstalk", ShopSites.Of(_folder.Path, "shop:app", "-e", "A=b")).TrimEnd('\n').Split('\n'), line => Assert.Matches(ProcfileLine(), line));

    [Fact]
    public void Every_file_says_what_made_it_and_what_to_change() => Assert.All(GeneratedKind.All.Where(static kind => kind.Name != "beanstalk"), kind =>
    {
        var text = ShopSites.Text(kind.Name, ShopSites.Of(_folder.Path, "shop:app", "--access-logfile", "/var/log/a"));
        Assert.Contains($"Made by: hotplate generate {kind.Name}\n", text.Replace("generate dockerfile", $"generate {kind.Name}", StringComparison.Ordinal));
        Assert.True(text.Contains("# Change:", StringComparison.Ordinal) || kind.Name == "procfile", text);
    });

    // AWS, "Buildfile and Procfile".
    [GeneratedRegex(@"^[A-Za-z0-9_-]+:\s*[^\s].*$")]
    private static partial Regex ProcfileLine();
}
