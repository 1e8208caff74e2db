using Hotplate.Routing;
using Hotplate.Settings;

namespace Hotplate.Tests.Routing;

public class RedirectHandlerTests
{
    [Theory]
    [InlineData("https://new.example/$1", "/old/*", "/old/a/b?c=d", "https://new.example/a/b")]
    [InlineData("https://new.example/$1?$query", "/old/*", "/old/a?c=d&e", "https://new.example/a?c=d&e")]
    [InlineData("https://new.example/$1?$query", "/old/*", "/old/a", "https://new.example/a")]
    [InlineData("https://$host$request_uri", "/*", "/a%20b?c=%20d", "https://shop.example.org/a%20b?c=%20d")]
    [InlineData("https://$host$path", "/*", "/a%20b%2fc?d", "https://shop.example.org/a%20b/c")]
    [InlineData("$scheme://new.example/", "/*", "/", "http://new.example/")]
    [InlineData("/$2/${1}x", "/a/*/b/*", "/a/1/b/2", "/2/1x")]
    [InlineData("/price$$", "/*", "/", "/price$")]
    [InlineData("/#$host", "/*", "/", "/#shop.example.org")]
    [InlineData("/söderköping", "/*", "/", "/s%C3%B6derk%C3%B6ping")]
    [InlineData("$path/", "/*", "/a", "/a/")]
    [InlineData("https://new.example$request_uri", "/*", "http://shop.example.org?x", "https://new.example/?x")]
    [InlineData("https://new.example$request_uri", "/*", "http://shop.example.org/a?x", "https://new.example/a?x")]
    [InlineData("https://new.example$request_uri", "/*", "*", "https://new.example/")]
    [InlineData("https://new.example$path", "/*", "*", "https://new.example/")]
    public async Task The_address_is_made_of_what_the_request_has(string to, string path, string target, string expected)
    {
        var answer = await AskAsync(to, path, target);
        Assert.Equal((302, expected, 0L), (answer.Status, answer.Answer.Location.ToString(), answer.Answer.ContentLength));
    }

    [Theory]
    [InlineData("/$1", "/old/*", "/old//evil.example")]
    [InlineData("/$1", "/old/*", "/old/%5Cevil.example")]
    [InlineData("/$1", "/*", "/%2Fevil.example")]
    [InlineData("$request_uri", "/*", "//evil.example/")]
    [InlineData("$path", "/*", "//evil.example/")]
    public async Task No_client_can_make_an_address_of_ours_lead_to_another_host(string to, string path, string target)
    {
        var location = (await AskAsync(to, path, target)).Answer.Location.ToString();
        Assert.Equal("shop.example.org", new Uri(new Uri("https://shop.example.org/"), location).Host);
        Assert.DoesNotMatch(@"^[/\\]{2}", location);
    }

    [Fact]
    public async Task What_would_end_the_field_is_encoded() =>
        Assert.Equal("/a%0D%0AX:%20y", (await AskAsync("/$1", "/old/*", "/old/a%0d%0aX:%20y")).Answer.Location.ToString());

    [Fact]
    public async Task The_status_may_be_chosen()
    {
        var redirect = (RouteAction.Redirect)RouteFile.One("redirect = \"/x\"\nstatus = 308\n").Action;
        Assert.Equal(308, (await AskedVisit.Of("POST", "/").ByAsync(new RedirectHandler(redirect))).Status);
    }

    private static async Task<AskedVisit> AskAsync(string to, string path, string target)
    {
        var text = $"[[routes]]\npath = \"{path}\"\nredirect = \"{to}\"\n";
        var table = RouteFile.Table(text);
        var redirect = (RouteAction.Redirect)table.Routes[0].Settings.Action;
        return await AskedVisit.Of("GET", target, ("Host", "Shop.example.org:8000")).ByAsync(new RedirectHandler(redirect), table);
    }
}
