using System.Net;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public class ValuesTests
{
    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("500ms", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void A_time_is_seconds_or_has_a_unit(string text, int milliseconds) =>
        Assert.Equal(milliseconds, Values.Duration(text, TimeSpan.Zero).TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1d")]
    [InlineData("1e3")]
    [InlineData("NaN")]
    [InlineData("25h")]
    public void Anything_else_is_no_time(string text) =>
        Assert.Equal(ErrorCode.BadDuration, Assert.Throws<SettingException>(() => Values.Duration(text, TimeSpan.Zero)).Code);

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("10M", 10L << 20)]
    [InlineData("10mb", 10L << 20)]
    [InlineData("3KiB", 3L << 10)]
    [InlineData("2G", 2L << 30)]
    public void A_size_is_bytes_or_has_a_unit(string text, long bytes) => Assert.Equal(bytes, Values.Size(text, 0, long.MaxValue));

    [Theory]
    [InlineData("")]
    [InlineData("10X")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("9999999999999G")]
    public void Anything_else_is_no_size(string text) =>
        Assert.Equal(ErrorCode.BadSize, Assert.Throws<SettingException>(() => Values.Size(text, 0, long.MaxValue)).Code);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1025")]
    [InlineData("+5")]
    [InlineData("1 ")]
    [InlineData("4.0")]
    public void A_number_outside_its_range_is_refused_and_the_range_told(string text) =>
        Assert.Contains("from 1 to 1024, or auto,", Assert.Throws<SettingException>(() => Values.Whole(text, 1, 1024, or: "auto")).Message);

    [Theory]
    [InlineData("/", "")]
    [InlineData("/shop/", "/shop")]
    [InlineData("/a/b-c", "/a/b-c")]
    public void A_mount_has_no_slash_at_its_end(string text, string mount) => Assert.Equal(mount, Values.Mount(text));

    [Theory]
    [InlineData("shop")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/a b")]
    [InlineData("/a?b")]
    [InlineData("/a%2Fb")]
    public void A_mount_that_no_path_could_begin_with_is_refused(string text) =>
        Assert.Equal(ErrorCode.BadMount, Assert.Throws<SettingException>(() => Values.Mount(text)).Code);

    [Theory]
    [InlineData("10.0.0.0/8, 192.168.1.1", "10.0.0.0/8,192.168.1.1")]
    [InlineData("*", "*")]
    [InlineData("", "")]
    [InlineData("::1", "::1")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    public void Trusted_proxies_are_addresses_and_networks(string text, string shown) =>
        Assert.Equal(shown, TrustedProxiesText.Show(TrustedProxiesText.Parse(text)));

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("example.com")]
    [InlineData("10.0.0.1,*")]
    public void Anything_else_is_nobody_to_trust(string text) =>
        Assert.Equal(ErrorCode.BadNetwork, Assert.Throws<SettingException>(() => TrustedProxiesText.Parse(text)).Code);

    [Fact]
    public void Who_is_trusted_by_default_is_this_machine_alone()
    {
        var trusted = ServerSettings.Defaults.Http.TrustedProxies;
        Assert.True(trusted.Trusts(IPAddress.Parse("127.0.0.9")));
        Assert.True(trusted.Trusts(IPAddress.Parse("::ffff:127.0.0.1")));
        Assert.False(trusted.Trusts(IPAddress.Parse("10.0.0.1")));
    }

    [Theory]
    [InlineData("--graceful-timeuot", "--graceful-timeout")]
    [InlineData("--grace", "--graceful-timeout")]
    [InlineData("--bnid", "--bind")]
    [InlineData("--zzzzzz", null)]
    public void The_word_that_was_meant_is_found(string typed, string? meant) =>
        Assert.Equal(meant, NearestWord.Of(typed, ["--bind", "--graceful-timeout", "--workers"]));
}
