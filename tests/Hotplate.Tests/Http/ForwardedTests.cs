using System.Net;
using Hotplate.Http;
using Hotplate.Settings;

namespace Hotplate.Tests.Http;

public class ForwardedTests
{
    private static readonly TrustedProxies Internal =
        new(false, [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")]);

    private static readonly RequestOrigin Direct = new() { Address = "127.0.0.1", Port = 4000, Host = "example.com:8000", ServerPort = 8000, Prefix = "" };

    [Fact]
    public void Nothing_said_changes_nothing() => Assert.Equal(Direct, Forwarded.Apply(Direct, default, Internal));

    [Theory]
    [InlineData("203.0.113.5", "203.0.113.5", 0)]
    [InlineData(" 203.0.113.5 ", "203.0.113.5", 0)]
    [InlineData("203.0.113.5:1234", "203.0.113.5", 1234)]
    [InlineData("2001:db8::1", "2001:db8::1", 0)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 0)]
    [InlineData("[2001:db8::1]:99", "2001:db8::1", 99)]
    [InlineData("6.6.6.6, 203.0.113.5", "203.0.113.5", 0)]
    [InlineData("6.6.6.6, 203.0.113.5, 10.0.0.7", "203.0.113.5", 0)]
    [InlineData("203.0.113.5,10.0.0.7,fd00::1,127.0.0.1", "203.0.113.5", 0)]
    [InlineData("10.0.0.8, 10.0.0.7", "10.0.0.8", 0)]
    public void The_client_is_the_right_most_address_that_is_not_trusted(string list, string address, int port)
    {
        var origin = Forwarded.Apply(Direct, new(list, null, null, null, null), Internal);
        Assert.Equal(address, origin.Address);
        Assert.Equal(port, origin.Port);
        Assert.Equal(Direct.Host, origin.Host);
    }

    [Fact]
    public void When_everyone_is_trusted_it_is_the_left_most() =>
        Assert.Equal("6.6.6.6", Forwarded.Apply(Direct, new("6.6.6.6, 203.0.113.5", null, null, null, null), new TrustedProxies(true, [])).Address);

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("unknown", "127.0.0.1")]
    [InlineData("1", "127.0.0.1")]
    [InlineData("0x7f.0.0.1", "127.0.0.1")]
    [InlineData("1.2.3", "127.0.0.1")]
    [InlineData("1.2.3.4:", "127.0.0.1")]
    [InlineData("1.2.3.4:99999", "127.0.0.1")]
    [InlineData("[::1", "127.0.0.1")]
    [InlineData("[::1]x", "127.0.0.1")]
    [InlineData("fe80::1%eth0", "127.0.0.1")]
    [InlineData("203.0.113.5, _hidden, 10.0.0.7", "10.0.0.7")]
    public void What_is_no_address_ends_the_search(string list, string address) =>
        Assert.Equal(address, Forwarded.Apply(Direct, new(list, null, null, null, null), Internal).Address);

    [Theory]
    [InlineData("https", true)]
    [InlineData("HTTPS", true)]
    [InlineData("wss", true)]
    [InlineData("http", false)]
    [InlineData("http, https", true)]
    [InlineData("https, http", false)]
    [InlineData("javascript", false)]
    [InlineData("", false)]
    public void The_scheme_is_the_nearest_proxys(string proto, bool https) =>
        Assert.Equal(https, Forwarded.Apply(Direct, new(null, proto, null, null, null), Internal).Https);

    [Fact]
    public void It_is_read_as_far_from_the_right_as_the_client() =>
        Assert.True(Forwarded.Apply(Direct, new("6.6.6.6, 203.0.113.5, 10.0.0.7", "http, https, http", null, null, null), Internal).Https);

    [Theory]
    [InlineData("https", null, null, "example.com:8000", 8000)]
    [InlineData("https", "shop.example", null, "shop.example", 443)]
    [InlineData(null, "shop.example", null, "shop.example", 80)]
    [InlineData("https", "shop.example:8443", null, "shop.example:8443", 8443)]
    [InlineData("https", "shop.example", "8443", "shop.example:8443", 8443)]
    [InlineData("https", "shop.example:8443", "443", "shop.example", 443)]
    [InlineData("https", "[::1]", "8443", "[::1]:8443", 8443)]
    [InlineData(null, null, "80", "example.com", 80)]
    [InlineData(null, "<script>", null, "example.com:8000", 8000)]
    [InlineData(null, "a/b", null, "example.com:8000", 8000)]
    [InlineData(null, "a b", "0", "example.com:8000", 8000)]
    [InlineData(null, null, "+80", "example.com:8000", 8000)]
    [InlineData(null, null, "99999", "example.com:8000", 8000)]
    public void Host_and_port_are_what_the_client_used(string? proto, string? host, string? port, string expected, int serverPort)
    {
        var origin = Forwarded.Apply(Direct, new(null, proto, host, port, null), Internal);
        Assert.Equal(expected, origin.Host);
        Assert.Equal(serverPort, origin.ServerPort);
    }

    [Theory]
    [InlineData("/shop", "/shop")]
    [InlineData("/shop/", "/shop")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/", "")]
    [InlineData("shop", "")]
    [InlineData("//evil.example", "")]
    [InlineData("/a/../b", "")]
    [InlineData("/a?b", "")]
    [InlineData("/a%2e", "")]
    [InlineData("/<b>", "")]
    public void The_prefix_is_a_plain_path(string prefix, string expected) =>
        Assert.Equal(expected, Forwarded.Apply(Direct, new(null, null, null, null, prefix), Internal).Prefix);

    [Theory]
    [InlineData("203.0.113.5, , 10.0.0.7,", "203.0.113.5")]
    [InlineData(",,203.0.113.5", "203.0.113.5")]
    [InlineData("203.0.113.5,,10.0.0.7", "203.0.113.5")]
    [InlineData("203.0.113.5,", "203.0.113.5")]
    [InlineData(" , ", "10.0.0.1")]
    public void Empty_entries_are_passed_over(string list, string address)
    {
        var origin = Forwarded.Apply(Direct, new(list, "http,, ,https,", null, null, null), Internal);
        Assert.Equal(address == "10.0.0.1" ? Direct.Address : address, origin.Address);
    }
}
