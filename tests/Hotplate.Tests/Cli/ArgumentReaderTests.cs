using Hotplate.Cli;
using Hotplate.Settings;

namespace Hotplate.Tests.Cli;

public class ArgumentReaderTests
{
    [Theory]
    [InlineData("--workers 4")]
    [InlineData("--workers=4")]
    [InlineData("-w 4")]
    [InlineData("-w4")]
    [InlineData("-w=4")]
    public void A_flag_is_read_in_all_its_forms(string typed)
    {
        var flag = Read("serve " + typed + " shop:app").Flags.Single();
        Assert.Equal(("workers", "4"), (flag.Setting.Name, flag.Text));
    }

    [Fact]
    public void Flags_may_stand_anywhere()
    {
        var read = Read("-w 2 serve -b :80 shop:app --threads 4");
        Assert.Equal(("serve", "shop:app", 3), (read.Verb, read.Operands.Single(), read.Flags.Count));
    }

    [Fact]
    public void Two_dashes_end_the_flags() => Assert.Equal(["-b"], Read("serve -- -b").Operands);

    [Fact]
    public void A_dash_alone_is_a_value() => Assert.Equal("-", Read("serve x --access-logfile -").Flags.Single().Text);

    [Fact]
    public void A_switch_may_stand_alone_or_with_on_or_off()
    {
        Assert.Equal(("on", "shop:app"), (Read("serve --preload shop:app").Flags.Single().Text, Read("serve --preload shop:app").Operands.Single()));
        Assert.Equal("off", Read("serve --preload off shop:app").Flags.Single().Text);
    }

    [Fact]
    public void A_flag_where_a_value_belongs_is_a_forgotten_value()
    {
        var read = Read("serve shop:app --bind --workers 4 --threads");
        Assert.Equal(["HP103  --bind: a value is needed: --bind ADDRESS", "HP103  --threads: a value is needed: --threads N|auto"], read.Problems.Select(p => p.ToString()));
        Assert.Equal("4", read.Flags.Single().Text);
    }

    [Theory]
    [InlineData("--wokers", "Did you mean --workers?")]
    [InlineData("--limit-request-feilds", "Did you mean --limit-request-fields?")]
    [InlineData("-x", "hotplate --help lists all.")]
    public void An_unknown_flag_gets_the_one_that_was_meant(string typed, string advice)
    {
        var problem = Read($"serve shop:app {typed} 4").Problems.Single();
        Assert.Equal(ErrorCode.UnknownFlag, problem.Code);
        Assert.EndsWith(advice, problem.What);
    }

    [Theory]
    [InlineData("serve --foo bar shop:app", "shop:app")]
    [InlineData("serve --foo=bar shop:app", "shop:app")]
    [InlineData("serve shop:app --foo bar", "shop:app")]
    [InlineData("--foo serve shop:app", "shop:app")]
    [InlineData("serve --foo -w 2 shop:app", "shop:app")]
    [InlineData("serve -x bar shop:app", "shop:app")]
    [InlineData("serve -k gevent shop:app", "shop:app")]
    [InlineData("serve -kgevent shop:app", "shop:app")]
    [InlineData("serve --worker_class=gevent shop:app", "shop:app")]
    [InlineData("serve --statsd-host - shop:app", "shop:app")]
    [InlineData("serve -D shop:app", "shop:app")]
    [InlineData("serve --reload shop:app", "shop:app")]
    [InlineData("serve -c gunicorn.conf.py shop:app", "shop:app")]
    public void The_value_of_a_flag_that_is_not_ours_is_never_the_target(string typed, string target) =>
        Assert.Equal(("serve", target), (Read(typed).Verb, Assert.Single(Read(typed).Operands)));

    [Fact]
    public void A_flag_of_gunicorns_without_its_value_is_a_forgotten_value() =>
        Assert.Equal("HP103  -k: a value is needed: -k VALUE", Assert.Single(Read("serve shop:app -k --workers 2").Problems).ToString());

    [Theory]
    [InlineData("--limit-request-field_size")]
    [InlineData("--limit-request-field-size")]
    [InlineData("--limit_request_field_size")]
    public void Underscores_and_hyphens_mean_the_same(string typed) =>
        Assert.Equal("limit-request-field-size", Read($"serve x {typed} 1").Flags.Single().Setting.Name);

    [Theory]
    [InlineData("-b:80", ":80")]
    [InlineData("-b=:80", ":80")]
    [InlineData("--bind=:80", ":80")]
    [InlineData("--bind=", "")]
    [InlineData("--bind=--workers", "--workers")]
    [InlineData("--bind=a=b:c", "a=b:c")]
    [InlineData("--bind -x9", "-x9")]
    [InlineData("--bind -hello", "-hello")]
    [InlineData("--bind @file", "@file")]
    [InlineData("--bind status", "status")]
    public void A_value_is_taken_as_it_was_typed(string typed, string value)
    {
        var read = Read(typed + " serve shop:app");
        Assert.Equal(("serve", "shop:app", "bind", value), (read.Verb, read.Operands.Single(), read.Flags.Single().Setting.Name, read.Flags.Single().Text));
    }

    [Fact]
    public void A_letter_and_its_value_are_no_bundle_of_letters() => Assert.Equal("name=x", Read("serve shop:app -ename=x").Flags.Single().Text);

    [Theory]
    [InlineData("--bind:80", "--bind:80")]
    [InlineData("--help=x", "--help")]
    [InlineData("--json=", "--json")]
    [InlineData("-hw", "-h")]
    public void What_only_resembles_a_flag_is_unknown(string typed, string place) =>
        Assert.Equal((ErrorCode.UnknownFlag, place), (Read("serve shop:app " + typed).Problems.Single().Code, Read("serve shop:app " + typed).Problems.Single().Where));

    [Fact]
    public void Help_in_the_place_of_a_value_is_help()
    {
        var read = Read("serve shop:app --bind --help");
        Assert.Equal((true, "--bind"), (read.WantsHelp, read.Problems.Single().Where));
    }

    [Theory]
    [InlineData("@flags")]
    [InlineData("[diagram]")]
    [InlineData("serve")]
    [InlineData("/")]
    public void A_word_is_a_word_whatever_the_library_may_see_in_it(string word)
    {
        Assert.Equal(word, Read(word).Verb);
        Assert.Equal([word, word], Read($"serve {word} {word}").Operands);
        Assert.Equal([word], Read($"serve -- {word}").Operands);
    }

    [Fact]
    public void The_spelling_is_kept_for_messages() => Assert.Equal("--max_queue", Read("serve x --max_queue=5").Flags.Single().Spelling);

    [Fact]
    public void Whatever_stands_together_is_read()
    {
        string[] odd =
        [
            "", "-", "--", "---", "--=", "-=", "-:", "--_", "-_x", "-w", "-w4", "-w=", "-w:", "--bind", "--bind=", "--bind:", "--preload", "--preload=", "-h", "-h=", "-hx", "--help=",
            "--json:", "--none", "--none=", "-x", "-x4", "serve", "hotplate", "./hotplate", "[suggest]", "[x:1]", "@", "on", "ü", "-ü", "-üx",
        ];
        foreach (var (first, second) in odd.SelectMany(_ => odd, static (first, second) => (first, second)))
        {
            var read = ArgumentReader.Read([first, second, "--threads=3"]);
            Assert.True(read.Flags.Any(static flag => flag.Setting.Name == "threads") || read.Operands.Append(read.Verb).Contains("--threads=3"), $"{first} {second}");
        }
    }

    private static Invocation Read(string line) => ArgumentReader.Read(line.Split(' '));
}
