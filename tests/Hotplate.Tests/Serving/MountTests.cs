using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary><c>--mount /prefix</c>.</summary>
public sealed class MountTests(MountTests.Mounted app) : IClassFixture<MountTests.Mounted>
{
    public sealed class Mounted() : Served("environ", "--mount", "/shop/one");

    [Theory]
    [InlineData("/shop/one/a%20b?c", "/a b")]
    [InlineData("/shop/one/", "/")]
    [InlineData("/shop/one", "")]
    [InlineData("/shop/./one/x", "/x")]
    public async Task SCRIPT_NAME_is_the_prefix_and_PATH_INFO_the_rest(string target, string pathInfo)
    {
        var environ = (await app.Server.GetAsync(target)).Json.GetProperty("environ");
        Assert.Equal(("/shop/one", pathInfo), (Value(environ, "SCRIPT_NAME"), Value(environ, "PATH_INFO")));
        Assert.Equal(target, Value(environ, "REQUEST_URI"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/shop")]
    [InlineData("/shop/onemore")]
    [InlineData("/shop/one/../two")]
    [InlineData("/Shop/one/")]
    public async Task Outside_there_is_404(string target) => Assert.Equal(404, (await app.Server.GetAsync(target)).Status);

    [Fact]
    public async Task A_prefix_from_a_trusted_proxy_stands_before_it()
    {
        var environ = (await app.Server.GetAsync("/shop/one/x", "X-Forwarded-Prefix: /public")).Json.GetProperty("environ");
        Assert.Equal(("/public/shop/one", "/x"), (Value(environ, "SCRIPT_NAME"), Value(environ, "PATH_INFO")));
    }

    private static string? Value(JsonElement environ, string key) => environ.GetProperty(key).GetProperty("value").GetString();
}
