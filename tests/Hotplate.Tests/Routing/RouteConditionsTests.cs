using System.Net;
using Hotplate.Routing;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Routing;

/// <summary>As NGINX Unit has it, where it has it: its test_routing.py is where most of these are from.</summary>
public class RouteConditionsTests
{
    [Theory]
    [InlineData("\"GET\"", "GET", true)]
    [InlineData("\"get\"", "GET", true)]
    [InlineData("\"GET\"", "POST", false)]
    [InlineData("[\"GET\", \"POST\"]", "POST", true)]
    [InlineData("[\"GET\", \"POST\"]", "DELETE", false)]
    [InlineData("\"!GET\"", "GET", false)]
    [InlineData("\"!GET\"", "POST", true)]
    [InlineData("[\"!GET\", \"!POST\"]", "DELETE", true)]
    [InlineData("[\"!GET\", \"!POST\"]", "POST", false)]
    public void Methods(string condition, string method, bool expected) =>
        Assert.Equal(expected, Takes($"method = {condition}", new() { Path = "/"u8, Method = method }));

    [Theory]
    [InlineData("{ x-blah = \"test\" }", true, "test")]
    [InlineData("{ X-BLAH = \"TEST\" }", true, "test")]
    [InlineData("{ x-blah = \"test\" }", false)]
    [InlineData("{ x-blah = \"test\" }", true, "test", "test")]
    [InlineData("{ x-blah = \"test\" }", false, "test", "blah")]
    [InlineData("{ x-blah = [\"test\", \"blah\"] }", true, "test", "blah")]
    [InlineData("{ x-blah = [\"test\", \"blah\"] }", false, "blah", "")]
    [InlineData("{ x-blah = \"foo*\" }", true, "foo123")]
    [InlineData("{ x-blah = \"!foo*\" }", false, "foo123")]
    [InlineData("{ x-blah = \"!foo*\" }", true, "bar")]
    [InlineData("{ x-blah = \"!foo*\" }", false)]
    [InlineData("{ x-blah = [\"f*\", \"!foo\"] }", true, "fob")]
    [InlineData("{ x-blah = [\"f*\", \"!foo\"] }", false, "foo")]
    [InlineData("{ x-blah = [\"f*\", \"!foo\"] }", false, "bar")]
    [InlineData("{ x-blah = true }", true, "")]
    [InlineData("{ x-blah = true }", false)]
    [InlineData("{ x-blah = false }", true)]
    [InlineData("{ x-blah = false }", false, "")]
    [InlineData("{ x-blah = \"test\", x-other = true }", false, "test")]
    public void Header_fields(string condition, bool expected, params string[] values)
    {
        var headers = new HeaderDictionary();
        if (values.Length > 0)
        {
            headers["x-blah"] = values;
        }
        Assert.Equal(expected, Takes($"header = {condition}", new() { Path = "/"u8, Method = "GET", Headers = headers }));
    }

    [Theory]
    [InlineData("{ foo = \"bar\" }", "", false)]
    [InlineData("{ foo = \"bar\" }", "foo=bar", true)]
    [InlineData("{ foo = \"bar\" }", "foo=bar1", false)]
    [InlineData("{ foo = \"bar\" }", "1foo=bar", false)]
    [InlineData("{ foo = \"bar\" }", "Foo=bar", false)]
    [InlineData("{ foo = \"bar\" }", "foo=Bar", false)]
    [InlineData("{ foo = \"bar\", blah = \"test\" }", "foo=b%61r&bl%61h=t%65st", true)]
    [InlineData("{ \" fo o \" = \" b a r\" }", "+fo+o+=+b+a+r&", true)]
    [InlineData("{ \"%20foo\" = \" bar\" }", "%20foo=%20bar", true)]
    [InlineData("{ \"=\" = \"=\" }", "%3D=%3D", true)]
    [InlineData("{ \"=\" = \"=\" }", "===", false)]
    [InlineData("{ \"Ю\" = \"н\" }", "%d0%ae=%D0%Bd", true)]
    [InlineData("{ foo = \"*\" }", "foo", true)]
    [InlineData("{ foo = \"*\" }", "blah=foo", false)]
    [InlineData("{ foo = \"%25*\" }", "foo=%xx", true)]
    [InlineData("{ foo = \"%2A*\" }", "foo=*xx", true)]
    [InlineData("{ foo = \"%2A*\" }", "foo=xx", false)]
    [InlineData("{ foo = \"1*2\" }", "foo=1%2A2", true)]
    [InlineData("{ foo = \"1*2\" }", "foo=x12", false)]
    [InlineData("{ foo = \"!\" }", "bar", false)]
    [InlineData("{ foo = \"!\" }", "foo=", false)]
    [InlineData("{ foo = \"!\" }", "foo=%25", true)]
    [InlineData("{ foo = \"!*\" }", "foo=blah", false)]
    [InlineData("{ foo = \"%21blah\" }", "foo=!blah", true)]
    [InlineData("{ foo = \"!!%21*a\" }", "foo=!!bla", false)]
    [InlineData("{ foo = \"!!%21*a\" }", "foo=!blah", true)]
    [InlineData("{ foo = \"\" }", "foo&foo=bar&foo", false)]
    [InlineData("{ foo = \"\" }", "&=&foo&==&", true)]
    [InlineData("{ foo = \"&\" }", "foo=%26%26", false)]
    [InlineData("{ foo = false }", "bar=1", true)]
    [InlineData("{ foo = false }", "foo", false)]
    public void Query_arguments(string condition, string query, bool expected) =>
        Assert.Equal(expected, Takes($"query = {condition}", new() { Path = "/"u8, Method = "GET", Query = query }));

    [Fact]
    public void A_long_argument_is_decoded_like_a_short_one()
    {
        var text = new string('x', 5000);
        Assert.True(Takes($"query = {{ foo = \"{text} \" }}", new() { Path = "/"u8, Method = "GET", Query = $"foo={text}+" }));
        Assert.False(Takes($"query = {{ foo = \"{text}\" }}", new() { Path = "/"u8, Method = "GET", Query = $"foo={text}%2B" }));
    }

    [Theory]
    [InlineData("{ foO = \"bar\" }", true, "foO=bar")]
    [InlineData("{ foO = \"bar\" }", false, "foo=bar")]
    [InlineData("{ foO = \"bar\" }", false, "foO=Bar")]
    [InlineData("{ foO = \"bar\" }", true, "a=b;foO=bar; c=d")]
    [InlineData("{ foO = \"bar\" }", false)]
    [InlineData("{ foo = \"bar\" }", false, "foo=bar; foo=blah")]
    [InlineData("{ foo = \"\" }", true, "foo=;")]
    [InlineData("{ foo = \"bar\" }", true, "a=1", "foo=bar")]
    [InlineData("{ foo = false }", true, "=foo; ;foo")]
    public void Cookies(string condition, bool expected, params string[] fields)
    {
        var headers = new HeaderDictionary { ["Cookie"] = fields };
        Assert.Equal(expected, Takes($"cookie = {condition}", new() { Path = "/"u8, Method = "GET", Headers = headers }));
    }

    [Theory]
    [InlineData("\"127.0.0.1\"", "127.0.0.1", true)]
    [InlineData("\"127.0.0.1\"", "::ffff:127.0.0.1", true)]
    [InlineData("\"127.0.0.1\"", "::1", false)]
    [InlineData("\"!127.0.0.1\"", "127.0.0.1", false)]
    [InlineData("\"!127.0.0.1\"", "::1", true)]
    [InlineData("\"0.0.0.0/0\"", "::1", false)]
    [InlineData("\"10.0.0.0/8\"", "10.255.0.1", true)]
    [InlineData("[\"10.0.0.0/8\", \"!10.0.0.7\"]", "10.0.0.7", false)]
    [InlineData("[\"10.0.0.0/8\", \"!10.0.0.7\"]", "10.0.0.8", true)]
    [InlineData("\"::/0\"", "::1", true)]
    [InlineData("\"!0.0.0.0/0\"", null, true)]
    [InlineData("\"0.0.0.0/0\"", null, false)]
    public void Client_addresses(string condition, string? client, bool expected)
    {
        var address = client is null ? null : IPAddress.Parse(client);
        Assert.Equal(expected, Takes($"client = {condition}", new() { Path = "/"u8, Method = "GET", Client = address }));
    }

    [Theory]
    [InlineData("http", false, true)]
    [InlineData("http", true, false)]
    [InlineData("https", true, true)]
    public void Schemes(string condition, bool isHttps, bool expected) =>
        Assert.Equal(expected, Takes($"scheme = \"{condition}\"", new() { Path = "/"u8, Method = "GET", IsHttps = isHttps }));

    private static bool Takes(string condition, RouteQuery query) =>
        RouteFile.Table($"[[routes]]\napp = \"shop\"\n{condition}\n").Match(query).Route is not null;
}
