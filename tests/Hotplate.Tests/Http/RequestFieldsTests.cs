using Hotplate.Http;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using HttpVersion = Hotplate.Channel.HttpVersion;

namespace Hotplate.Tests.Http;

public class RequestFieldsTests
{
    private const int Longest = 8190;
    private readonly RequestFields fields = new();

    [Fact]
    public void Ordinary_fields_reach_the_application()
    {
        Assert.Equal(RequestFailure.None, Read(("User-Agent", "curl/8"), ("X-Custom", "a b"), ("Content-Type", "text/plain")));
        Assert.Equal("Content-Type: text/plain|Host: h|User-Agent: curl/8|X-Custom: a b", Kept());
        Assert.Equal("h", fields.Host);
    }

    [Theory]
    [InlineData("X_Custom")]
    [InlineData("X-Forwarded_For")]
    [InlineData("Content_Length")]
    [InlineData("Proxy")]
    [InlineData("PROXY")]
    [InlineData("Keep-Alive")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Upgrade")]
    [InlineData("Connection")]
    [InlineData("Proxy-Connection")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Proxy-Anything")]
    [InlineData("HTTP2-Settings")]
    [InlineData("Content-Length")]
    public void Of_these_none_does(string name)
    {
        Assert.Equal(RequestFailure.None, Read((name, "1")));
        Assert.Equal("Host: h", Kept());
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-proto")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X-Forwarded-Ssl")]
    [InlineData("X-Real-IP")]
    [InlineData("Forwarded")]
    [InlineData("X-Request-Id")]
    public void What_tells_of_the_client_counts_of_trusted_peers_only(string name)
    {
        Read([(name, "1")], trusted: false);
        Assert.Equal("Host: h", Kept());
        Assert.Equal(default, fields.Forwarded);
        Assert.Null(fields.RequestId);

        Read([(name, "1")], trusted: true);
        Assert.Contains($"{name}: 1", Kept(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_id_that_cannot_be_printed_does_not_reach_the_application()
    {
        Read([("X-Request-Id", "a b")], trusted: true);
        Assert.Equal("Host: h", Kept());
    }

    [Fact]
    public void Fields_named_by_Connection_are_dropped_but_well_known_ones_stay()
    {
        Read(("Connection", "close, X-Hop ,cookie"), ("X-Hop", "1"), ("X-End", "2"), ("Cookie", "a=b"));
        Assert.Equal("Cookie: a=b|Host: h|X-End: 2", Kept());

        fields.Read(Headers(("Connection", "keep-alive"), ("X-Hop", "1")), HttpVersion.Http11, false, Longest, "keep-alive, x-hop");
        Assert.Equal("Host: h", Kept());
    }

    [Fact]
    public void Repeated_fields_are_joined()
    {
        var headers = Headers();
        headers["Accept"] = new StringValues(["a/b", "c/d"]);
        headers["Cookie"] = new StringValues(["a=1", "b=2"]);
        headers["X-Many"] = new StringValues(["1", "2", "3"]);
        Assert.Equal(RequestFailure.None, fields.Read(headers, HttpVersion.Http11, false, Longest));
        Assert.Equal("Accept: a/b, c/d|Cookie: a=1; b=2|Host: h|X-Many: 1, 2, 3", Kept());
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("Content-Type")]
    [InlineData("Content-Length")]
    [InlineData("Transfer-Encoding")]
    public void These_may_not_be_repeated(string name)
    {
        var headers = Headers();
        headers[name] = new StringValues(["chunked", "chunked"]);
        Assert.Equal(RequestFailure.BadRequest, fields.Read(headers, HttpVersion.Http11, false, Longest));
    }

    [Theory]
    [InlineData("X(y")]
    [InlineData("X\u0001y")]
    [InlineData("X\"y")]
    [InlineData("X y")]
    [InlineData("X/y")]
    public void A_name_that_is_no_token_is_refused(string name) => Assert.Equal(RequestFailure.BadRequest, Read((name, "1")));

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("a\u000bb")]
    [InlineData("a\u001fb")]
    [InlineData("a\u007fb")]
    [InlineData("\u0000")]
    public void Control_characters_in_a_value_are_refused(string value)
    {
        Assert.Equal(RequestFailure.BadRequest, Read(("X-Custom", value)));
        Assert.Equal(RequestFailure.BadRequest, Read(("User-Agent", value)));
        Assert.Equal(RequestFailure.BadRequest, Read(("Connection", value)));
    }

    [Theory]
    [InlineData("a\tb")]
    [InlineData("caf\u00e9")]
    [InlineData("\u0080")]
    [InlineData("")]
    public void Tabs_and_Latin_1_are_not(string value) => Assert.Equal(RequestFailure.None, Read(("X-Custom", value)));

    [Theory]
    [InlineData("chunked", RequestFailure.None)]
    [InlineData("Chunked", RequestFailure.None)]
    [InlineData("gzip, chunked", RequestFailure.NotImplemented)]
    [InlineData("chunked, chunked", RequestFailure.BadRequest)]
    [InlineData(",chunked", RequestFailure.BadRequest)]
    [InlineData("chunked,", RequestFailure.BadRequest)]
    [InlineData("identity", RequestFailure.NotImplemented)]
    [InlineData("", RequestFailure.BadRequest)]
    internal void Chunked_is_the_only_transfer_coding(string value, RequestFailure expected) =>
        Assert.Equal(expected, Read(("Transfer-Encoding", value)));

    [Fact]
    public void A_length_beside_chunked_is_refused() =>
        Assert.Equal(RequestFailure.BadRequest, Read(("X-Content-Length", "5"), ("Transfer-Encoding", "chunked")));

    [Fact]
    public void Chunked_in_HTTP_1_0_is_refused() =>
        Assert.Equal(RequestFailure.BadRequest, fields.Read(Headers(("Transfer-Encoding", "chunked")), HttpVersion.Http10, false, Longest));

    [Theory]
    [InlineData("100-continue", RequestFailure.None)]
    [InlineData("100-Continue", RequestFailure.None)]
    [InlineData("200-ok", RequestFailure.ExpectationFailed)]
    internal void Only_100_continue_can_be_expected(string value, RequestFailure expected)
    {
        Assert.Equal(expected, Read(("Expect", value)));
        Assert.Equal(expected == RequestFailure.None, fields.ExpectsContinue);
    }

    [Theory]
    [InlineData("h:80", RequestFailure.None)]
    [InlineData("[::1]", RequestFailure.None)]
    [InlineData("[::1]:8000", RequestFailure.None)]
    [InlineData("", RequestFailure.BadRequest)]
    [InlineData(":80", RequestFailure.BadRequest)]
    [InlineData("h:99999", RequestFailure.BadRequest)]
    internal void The_host_has_a_name_and_a_possible_port(string host, RequestFailure expected)
    {
        var headers = new HeaderDictionary { ["Host"] = host };
        Assert.Equal(expected, fields.Read(headers, HttpVersion.Http11, false, Longest));
    }

    [Fact]
    public void HTTP_1_0_needs_no_host()
    {
        Assert.Equal(RequestFailure.None, fields.Read(new HeaderDictionary(), HttpVersion.Http10, false, Longest));
        Assert.Equal(RequestFailure.BadRequest, fields.Read(new HeaderDictionary(), HttpVersion.Http11, false, Longest));
    }

    [Fact]
    public void A_field_may_be_as_long_as_the_limit()
    {
        Assert.Equal(RequestFailure.None, fields.Read(Headers(("X-A", new string('a', 93))), HttpVersion.Http11, false, 100));
        Assert.Equal(RequestFailure.HeadersTooLarge, fields.Read(Headers(("X-A", new string('a', 94))), HttpVersion.Http11, false, 100));
    }

    [Fact]
    public void A_proxys_host_replaces_the_field()
    {
        Read(("X-A", "1"));
        fields.ReplaceHost("shop.example");
        Assert.Equal("Host: shop.example|X-A: 1", Kept());
    }

    private RequestFailure Read(params (string Name, string Value)[] headers) => Read(headers, trusted: false);

    private RequestFailure Read((string Name, string Value)[] headers, bool trusted) =>
        fields.Read(Headers(headers), HttpVersion.Http11, trusted, Longest);

    private static HeaderDictionary Headers(params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary { ["Host"] = "h" };
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }
        return dictionary;
    }

    private string Kept() => string.Join('|', fields.Kept.ToArray().OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Select(f => $"{f.Name}: {f.Value}"));
}
