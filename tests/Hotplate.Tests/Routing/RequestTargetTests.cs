using System.Text;
using Hotplate.Routing;

namespace Hotplate.Tests.Routing;

public class RequestTargetTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b.txt", "/a/b.txt")]
    [InlineData("//a//b/", "//a//b/")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/a%2Fb", "/a/b")]
    [InlineData("/a%2fb", "/a/b")]
    [InlineData("/%C3%A9", "/\u00c3\u00a9")]
    [InlineData("/%e9", "/\u00e9")]
    [InlineData("/a%0d%0ab", "/a\r\nb")]
    [InlineData("/a+b;c=d", "/a+b;c=d")]
    [InlineData("/a|b^c`{}\"<>\\", "/a|b^c`{}\"<>\\")]
    public void The_path_is_decoded_to_bytes(string raw, string path) => Assert.Equal(path, PathOf(raw));

    [Theory]
    [InlineData("/a%2541", "/a%41")]
    [InlineData("/%252e%252e/b", "/%2e%2e/b")]
    [InlineData("/%25", "/%")]
    public void It_is_decoded_once(string raw, string path) => Assert.Equal(path, PathOf(raw));

    [Theory]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/..", "/")]
    [InlineData("/.", "/")]
    [InlineData("/../../etc/passwd", "/etc/passwd")]
    [InlineData("/a/%2e%2e/b", "/b")]
    [InlineData("/a/.%2E/b", "/b")]
    [InlineData("/a/%2e/b", "/a/b")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/a/...", "/a/...")]
    [InlineData("/a/.b/..c", "/a/.b/..c")]
    [InlineData("/a/..;x/b", "/a/..;x/b")]
    [InlineData("/a/../b/../c/./d/", "/c/d/")]
    public void Dot_segments_are_removed(string raw, string path) => Assert.Equal(path, PathOf(raw));

    [Theory]
    [InlineData("/a%2Fb/../c", "/c")]
    [InlineData("/x/a%2Fb/../c", "/x/c")]
    [InlineData("/a/..%2fb", "/a/../b")]
    [InlineData("/a%2f..%2fb", "/a/../b")]
    public void An_encoded_slash_does_not_make_a_segment(string raw, string path) => Assert.Equal(path, PathOf(raw));

    [Theory]
    [InlineData("/a?b=c", "/a", "b=c")]
    [InlineData("/a?", "/a", "")]
    [InlineData("/a?b?c", "/a", "b?c")]
    [InlineData("/a?%zz%00/../x", "/a", "%zz%00/../x")]
    [InlineData("/a/..?x", "/", "x")]
    [InlineData("http://h/a?b", "/a", "b")]
    [InlineData("http://h?b", "/", "b")]
    public void The_query_is_left_as_it_is(string raw, string path, string query)
    {
        Assert.True(RequestTarget.TryRead(raw, new byte[RequestTarget.ScratchSize(raw)], out var target));
        Assert.Equal(path, Encoding.Latin1.GetString(target.Path));
        Assert.Equal(query, raw[target.QueryStart..]);
        Assert.Same(raw, target.Raw);
    }

    [Theory]
    [InlineData("http://example.com:80/a/../b", "/b", "example.com:80")]
    [InlineData("HTTPS://[::1]/x", "/x", "[::1]")]
    [InlineData("http://example.com", "/", "example.com")]
    public void The_absolute_form_has_an_authority(string raw, string path, string authority)
    {
        Assert.True(RequestTarget.TryRead(raw, new byte[RequestTarget.ScratchSize(raw)], out var target));
        Assert.Equal(TargetForm.Absolute, target.Form);
        Assert.Equal(path, Encoding.Latin1.GetString(target.Path));
        Assert.Equal(authority, target.Authority.ToString());
    }

    [Fact]
    public void The_asterisk_form_is_its_own_path()
    {
        Assert.True(RequestTarget.TryRead("*", new byte[2], out var target));
        Assert.Equal(TargetForm.Asterisk, target.Form);
        Assert.Equal("*", Encoding.Latin1.GetString(target.Path));
        Assert.Equal(-1, target.QueryStart);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("example.com:443")]
    [InlineData("ftp://a/b")]
    [InlineData("http:///x")]
    [InlineData("http://")]
    [InlineData("http://user:password@a/")]
    [InlineData("http://@a/")]
    [InlineData("/a#b")]
    [InlineData("http://a#b/c")]
    [InlineData("/a b")]
    [InlineData("/a\tb")]
    [InlineData("/a\rb")]
    [InlineData("/a\u0001")]
    [InlineData("/a?\u000b")]
    [InlineData("/a\u007f")]
    [InlineData("/\u00e9")]
    [InlineData("/a%00b")]
    [InlineData("/a%zz")]
    [InlineData("/a%2")]
    [InlineData("/a%")]
    [InlineData("/a%+1")]
    [InlineData("/a%%41")]
    public void What_is_no_target_is_refused(string raw) =>
        Assert.False(RequestTarget.TryRead(raw, new byte[RequestTarget.ScratchSize(raw)], out _));

    [Theory]
    [InlineData("", "/a", "/a")]
    [InlineData("", "*", "*")]
    [InlineData("/shop", "/shop", "")]
    [InlineData("/shop", "/shop/", "/")]
    [InlineData("/shop", "/shop/a/b", "/a/b")]
    [InlineData("/a/b", "/a/b/c", "/c")]
    public void A_mount_takes_its_paths(string mount, string path, string pathInfo)
    {
        Assert.True(new Mount(mount).TryMatch(Encoding.Latin1.GetBytes(path), out var rest));
        Assert.Equal(pathInfo, Encoding.Latin1.GetString(rest));
    }

    [Theory]
    [InlineData("/shop", "/shopping")]
    [InlineData("/shop", "/")]
    [InlineData("/shop", "/Shop")]
    [InlineData("/shop", "*")]
    [InlineData("/shop", "/a/shop")]
    public void A_mount_refuses_the_others(string mount, string path) =>
        Assert.False(new Mount(mount).TryMatch(Encoding.Latin1.GetBytes(path), out _));

    private static string PathOf(string raw)
    {
        Assert.True(RequestTarget.TryRead(raw, new byte[RequestTarget.ScratchSize(raw)], out var target));
        return Encoding.Latin1.GetString(target.Path);
    }
}
