using System.Text.RegularExpressions;
using Hotplate.Settings;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Settings;

/// <summary>Whoever comes from gunicorn is told what becomes of each word.</summary>
public class GunicornTableTests
{
    [Theory]
    [InlineData("-k", "sync", false, "--threads 1")]
    [InlineData("-k", "gthread", false, "--threads")]
    [InlineData("--worker-class", "gevent", false, "monkey.patch_all()")]
    [InlineData("--worker-class", "eventlet", false, "threads")]
    [InlineData("-k", "uvicorn.workers.UvicornWorker", true, "ASGI")]
    [InlineData("-k", "tornado", true, "WSGI")]
    [InlineData("-k", "shop.workers.Mine", true, "Mine is a class of gunicorn's")]
    [InlineData("--worker-tmp-dir", "/dev/shm", false, "not needed")]
    [InlineData("--reload", "", false, "hotplate dev")]
    [InlineData("--capture-output", "", false, "so already")]
    [InlineData("-D", "", true, "systemd")]
    [InlineData("--ssl-version", "5", false, "--tls-min")]
    [InlineData("--check-config", "", true, "hotplate check")]
    [InlineData("--paste-global", "a=b", false, "[DEFAULT]")]
    public void A_flag_is_passed_over_with_a_line_or_refused_with_what_to_use(string flag, string value, bool refused, string words)
    {
        var advice = GunicornTable.Find(flag)!.Advice(value);
        Assert.Equal(refused, advice.IsRefused);
        Assert.Contains(words, advice.Text);
    }

    [Fact]
    public void None_of_them_is_a_setting_of_ours() =>
        Assert.All(GunicornTable.All, flag => Assert.True(SettingTable.Find("--" + flag.Name) is null && (flag.Letter is null || SettingTable.Find($"-{flag.Letter}") is null), flag.Name));

    [Fact]
    public void The_page_lists_each()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/move/gunicorn.md"));
        Assert.All(GunicornTable.All, flag => Assert.Contains($"`--{flag.Name}`", page));
    }

    [Fact]
    public void The_hooks_are_those_that_workers_run()
    {
        var hooks = File.ReadAllText(Path.Combine(Repository.Root, "python/hotplate_worker/hooks.py"));
        var calls = Regex.Match(hooks, @"^CALLS = \{(.*?)^\}", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(Regex.Matches(calls, @"""(\w+)"":").Select(match => match.Groups[1].Value).Order(), GunicornNames.Hooks.Order());
    }

    [Theory]
    [InlineData("--bind=:80 -w 4", "--bind=:80|-w|4")]
    [InlineData("--access-logformat '%(h)s \"%(r)s\"' -n 'a'\"b\"", "--access-logformat|%(h)s \"%(r)s\"|-n|ab")]
    [InlineData("a\\ b ''", "a b|")]
    [InlineData("  ", "")]
    public void The_variable_is_taken_apart_as_by_a_shell(string text, string words) => Assert.Equal(words, string.Join('|', GunicornArguments.Split(text)));
}
