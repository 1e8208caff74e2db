using Hotplate.Routing;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Routing;

public class SplitTests
{
    private const string Cookie = "hotplate-split";

    [Theory]
    [InlineData(95, 5)]
    [InlineData(1, 1)]
    [InlineData(1000000, 1)]
    [InlineData(0, 5)]
    [InlineData(1, 2, 3, 4)]
    public void Each_gets_its_share_of_the_line(params int[] weights)
    {
        // Every 65536th point of the line, so that each share is met to within one of them.
        var point = 0u;
        var split = new Split(Shares(weights), Cookie, () => point);
        var counts = new int[weights.Length];
        for (var step = 0; step < 65536; step++, point += 65536)
        {
            counts[split.Choose(default, isHttps: false).App]++;
        }
        for (var app = 0; app < weights.Length; app++)
        {
            Assert.InRange(counts[app], (65536.0 * weights[app] / weights.Sum()) - 1, (65536.0 * weights[app] / weights.Sum()) + 1);
        }
    }

    [Fact]
    public void A_client_with_a_cookie_stays_and_gets_no_other()
    {
        var split = new Split(Shares(50, 50), Cookie, static () => 0xC0000000);
        var first = split.Choose(default, isHttps: false);
        Assert.Equal((1, $"{Cookie}=c0000000; Path=/; HttpOnly; SameSite=Lax"), (first.App, first.SetCookie));
        Assert.Equal(new SplitChoice(1, null), split.Choose($"a=b; {Cookie}=c0000000", isHttps: false));
        Assert.Equal(new SplitChoice(0, null), split.Choose($"{Cookie}=00000000", isHttps: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c000000")]
    [InlineData("c00000000")]
    [InlineData("0xc00000")]
    [InlineData("shop-next")]
    public void A_cookie_that_is_none_of_ours_is_replaced(string value) =>
        Assert.NotNull(new Split(Shares(1, 1), Cookie).Choose($"{Cookie}={value}", isHttps: false).SetCookie);

    [Fact]
    public void Over_https_the_cookie_is_for_https_alone() =>
        Assert.EndsWith("; Secure", new Split(Shares(1, 1), Cookie).Choose(default, isHttps: true).SetCookie);

    [Fact]
    public void Without_a_cookie_each_request_is_dealt_anew()
    {
        var point = 0u;
        var split = new Split(Shares(1, 1), cookie: null, () => point += 0x80000000);
        Assert.Equal([1, 0, 1, 0], Enumerable.Range(0, 4).Select(_ => split.Choose($"{Cookie}=00000000", isHttps: false).App));
    }

    [Fact]
    public void A_larger_share_moves_those_that_it_grows_over_and_nobody_else()
    {
        var (five, fifty) = (new Split(Shares(95, 5), Cookie), new Split(Shares(50, 50), Cookie));
        for (var point = 0L; point <= uint.MaxValue; point += 99991)
        {
            var cookie = $"{Cookie}={point:x8}";
            Assert.True(five.Choose(cookie, isHttps: false).App <= fifty.Choose(cookie, isHttps: false).App);
        }
    }

    [Fact]
    public void What_has_no_weight_gets_nobody_not_even_who_was_there()
    {
        var split = new Split(Shares(1, 0), Cookie);
        Assert.Equal(0, split.Choose($"{Cookie}=ffffffff", isHttps: false).App);
        Assert.Throws<ArgumentException>(static () => new Split(Shares(0, 0), Cookie));
    }

    [Fact]
    public async Task The_answer_of_the_application_gets_the_cookie()
    {
        var handler = new SplitHandler(new Split(Shares(1, 1), Cookie, static () => uint.MaxValue), [Returns(200), Returns(201)]);
        var answer = await AskedVisit.Of("GET", "/").ByAsync(handler);
        Assert.Equal(201, answer.Status);
        Assert.StartsWith($"{Cookie}=ffffffff;", answer.Answer.SetCookie.ToString());
        var again = await AskedVisit.Of("GET", "/", ("Cookie", $"{Cookie}=00000000")).ByAsync(handler);
        Assert.Equal((200, 0), (again.Status, again.Answer.SetCookie.Count));
    }

    private static FixedHandler Returns(int status) => new(new RouteAction.Fixed(status, null, ""));

    private static AppShare[] Shares(params int[] weights) => [.. weights.Select(static (weight, at) => new AppShare($"app{at}", weight))];
}
