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
    [InlineData("--limit-request-field_size")]
    [InlineData("--limit-request-field-size")]
    [InlineData("--limit_request_field_size")]
    public void Underscores_and_hyphens_mean_the_same(string typed) =>
        Assert.Equal("limit-request-field-size", Read($"serve x {typed} 1").Flags.Single().Setting.Name);

    private static Invocation Read(string line) => ArgumentReader.Read(line.Split(' '));
}
