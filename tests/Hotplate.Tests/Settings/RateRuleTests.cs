using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

/// <summary>How often is written, and by what requests are counted.</summary>
public sealed class RateRuleTests
{
    [Theory]
    [InlineData("20/s", 20, 1, 20)]
    [InlineData("100/m", 100, 60, 100)]
    [InlineData("1000/h", 1000, 3600, 1000)]
    [InlineData("5000/d", 5000, 86400, 5000)]
    [InlineData("20/s,burst=40", 20, 1, 40)]
    [InlineData("20/s, burst=1", 20, 1, 1)]
    [InlineData("1000000/s", 1_000_000, 1, 1_000_000)]
    public void A_rate_is_so_many_in_a_time(string text, int count, int seconds, int burst)
    {
        var rule = RateRule.Parse(text);
        Assert.Equal(new RateRule(count, TimeSpan.FromSeconds(seconds), burst), rule);
        Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), RateRule.Show(rule));
    }

    [Fact]
    public void Off_is_none() => Assert.Equal((null, "off"), (RateRule.Parse("off"), RateRule.Show(null)));

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("/s")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("1.5/s")]
    [InlineData("1000001/s")]
    [InlineData("20/x")]
    [InlineData("20/sec")]
    [InlineData("20 /s")]
    [InlineData("20/s,40")]
    [InlineData("20/s,burst=")]
    [InlineData("20/s,burst=0")]
    [InlineData("20/s,burst=1000001")]
    [InlineData("20/s,burst=4,burst=5")]
    [InlineData("1/d,burst=367")]
    public void What_is_no_rate_is_refused(string text) =>
        Assert.Equal("HP164", Assert.Throws<SettingException>(() => RateRule.Parse(text)).Code);

    [Theory]
    [InlineData("client")]
    [InlineData("app")]
    [InlineData("all")]
    [InlineData("header:x-api-key")]
    [InlineData("cookie:Session")]
    public void A_key_is_shown_as_it_is_written(string text) => Assert.Equal(text, LimitKey.Parse(text).ToString());

    [Fact]
    public void A_header_field_has_no_capitals() => Assert.Equal(LimitKey.Parse("header:x-api-key"), LimitKey.Parse("header:X-API-Key"));

    [Theory]
    [InlineData("")]
    [InlineData("ip")]
    [InlineData("client:x")]
    [InlineData("header")]
    [InlineData("header:")]
    [InlineData("header:a b")]
    [InlineData("cookie:a=b")]
    [InlineData("header:X-Forwarded-For")]
    public void What_is_no_key_is_refused(string text) => Assert.Throws<SettingException>(() => LimitKey.Parse(text));
}
