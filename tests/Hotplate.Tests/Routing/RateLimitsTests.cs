using System.Net;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Tests.Workers;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Routing;

/// <summary>Which limits a request meets, and what they count together.</summary>
public sealed class RateLimitsTests
{
    private readonly FakeTime time = new();
    private readonly IHeaderDictionary headers = new HeaderDictionary();

    [Fact]
    public void Of_those_with_one_key_the_most_specific_counts_alone()
    {
        var limits = Make(
            "rate = \"2/h\"", "path = \"/login\"\nmethod = \"POST\"\nrate = \"1/h\"", "client = \"192.0.2.9\"\nrate = \"off\"");
        Assert.Equal([true, false], Ask(limits, 2, "/login", "POST"));
        Assert.Equal([true, true, false], Ask(limits, 3, "/login"));
        Assert.Equal([true, true, true, true], Ask(limits, 4, client: "192.0.2.9"));
        Assert.Equal([true, false], Ask(limits, 2, "/login", "POST", "192.0.2.9"));
    }

    [Fact]
    public void Those_with_other_keys_add_up_and_whoever_is_refused_takes_nothing_from_all()
    {
        var limits = Make("key = \"all\"\nrate = \"3/h\"", "rate = \"1/h\"");
        Assert.Equal([true, false, false, false, false], Ask(limits, 5));
        Assert.Equal([true, false], Ask(limits, 2, client: "192.0.2.2"));
        Assert.Equal([true], Ask(limits, 1, client: "192.0.2.3"));
        Assert.Equal([false], Ask(limits, 1, client: "192.0.2.4"));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:0:ffff::1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("2001:db8::1", "32.1.13.184", false)]
    public void A_client_is_an_address_or_a_network_of_its_own(string one, string other, bool same)
    {
        var limits = Make("rate = \"1/h\"");
        Assert.Equal([true], Ask(limits, 1, client: one));
        Assert.Equal([!same], Ask(limits, 1, client: other));
    }

    [Fact]
    public void Whoever_is_not_known_is_not_counted() => Assert.Equal([true, true, true], Ask(Make("rate = \"1/h\""), 3, client: null));

    [Fact]
    public void A_header_field_s_value_counts_whoever_sends_it_and_else_the_client()
    {
        var limits = Make("key = \"header:X-Api-Key\"\nrate = \"1/h\"");
        headers["x-api-key"] = "one";
        Assert.Equal([true, false], Ask(limits, 2));
        Assert.Equal([false], Ask(limits, 1, client: "192.0.2.2"));
        headers["x-api-key"] = "two";
        Assert.Equal([true, false], Ask(limits, 2));
        headers["x-api-key"] = new[] { "one", "two" };
        Assert.Equal([true, false], Ask(limits, 2));
        headers["x-api-key"] = "";
        Assert.Equal([true, false], Ask(limits, 2));
        headers.Remove("x-api-key");
        Assert.Equal([false], Ask(limits, 1));
        Assert.Equal([true, false], Ask(limits, 2, client: "192.0.2.2"));
    }

    [Fact]
    public void A_cookie_s_value_counts_wherever_it_stands()
    {
        var limits = Make("key = \"cookie:sid\"\nrate = \"1/h\"");
        headers.Cookie = "a=b; sid=one";
        Assert.Equal([true, false], Ask(limits, 2));
        headers.Cookie = new[] { "a=c", "sid=one; b=d" };
        Assert.Equal([false], Ask(limits, 1, client: "192.0.2.2"));
        headers.Cookie = "xsid=one";
        Assert.Equal([true, false], Ask(limits, 2));
    }

    [Fact]
    public void An_application_has_what_all_its_clients_share()
    {
        var limits = Make("key = \"app\"\nrate = \"1/h\"");
        Assert.Equal([true], Ask(limits, 1, app: "shop"));
        Assert.Equal([false], Ask(limits, 1, client: "192.0.2.2", app: "shop"));
        Assert.Equal([true, false], Ask(limits, 2, app: "blog"));
        Assert.Equal([true, false], Ask(limits, 2, app: ""));
    }

    [Fact]
    public void A_limit_that_stays_the_same_keeps_its_buckets_and_another_begins_anew()
    {
        const string login = "path = \"/login\"\nrate = \"1/h\"";
        var first = Make(login, "rate = \"1/h\"");
        Ask(first, 1, "/login");
        Ask(first, 1);
        var second = RateLimits.Of(Read("name = \"other\"\nkey = \"all\"\nrate = \"9/h\"", login, "rate = \"2/h\""), first, time)!;
        Assert.Equal([false], Ask(second, 1, "/login"));
        Assert.Equal([true, true, false], Ask(second, 3));
    }

    [Fact]
    public void What_is_told_is_what_the_draft_has()
    {
        var limits = Make("name = \"login\"\nrate = \"5/m\"\nburst = 1");
        var query = new RouteQuery { Path = "/"u8, Method = "GET", Client = IPAddress.Loopback };
        Assert.Null(limits.FirstToRefuse(query, "", out _));
        IHeaderDictionary answer = new HeaderDictionary();
        limits.FirstToRefuse(query, "", out var wait)!.Tell(answer, wait);
        Assert.Equal(
            ["12", "\"login\";r=0;t=12", "\"login\";q=5;w=60"],
            new[] { answer.RetryAfter.ToString(), answer["RateLimit"].ToString(), answer["RateLimit-Policy"].ToString() });
        time.Advance(TimeSpan.FromSeconds(11.9));
        limits.FirstToRefuse(query, "", out wait)!.Tell(answer, wait);
        Assert.Equal("1", answer.RetryAfter);
    }

    private RateLimits Make(params string[] tables) => RateLimits.Of(Read(tables), null, time)!;

    private static IReadOnlyList<RouteSettings> Read(params string[] tables)
    {
        var (limits, problems) = RouteFile.Read(RouteKind.Limits, string.Concat(tables.Select(static keys => $"[[limits]]\n{keys}\n")));
        Assert.Empty(problems);
        return limits;
    }

    private IEnumerable<bool> Ask(
        RateLimits limits, int times, string path = "/", string method = "GET", string? client = "192.0.2.1", string app = "app")
    {
        var passed = new List<bool>();
        for (var i = 0; i < times; i++)
        {
            passed.Add(limits.FirstToRefuse(
                new RouteQuery
                {
                    Path = System.Text.Encoding.UTF8.GetBytes(path),
                    Method = method,
                    Headers = headers,
                    Client = client is null ? null : IPAddress.Parse(client),
                },
                app, out _) is null);
        }
        return passed;
    }
}
