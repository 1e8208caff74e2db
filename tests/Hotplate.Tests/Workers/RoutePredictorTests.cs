using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

public class RoutePredictorTests
{
    private readonly RoutePredictor predictor = new();

    [Fact]
    public void A_route_is_expected_to_run_as_long_as_it_ran()
    {
        predictor.Observe(Route("/hello"), 60, out var before);

        Assert.Equal(RoutePredictor.Unknown, before);
        Assert.Equal(60, predictor.Predict(Route("/hello")));
    }

    [Fact]
    public void The_newest_run_weighs_an_eighth()
    {
        predictor.Observe(Route("/hello"), 80, out _);
        var now = predictor.Observe(Route("/hello"), 160, out var before);

        Assert.Equal((80, 90, 90), (before, now, predictor.Predict(Route("/hello"))));
    }

    [Fact]
    public void Before_anything_is_known_nothing_is_put_behind_it_and_it_is_not_called_slow()
    {
        var unknown = predictor.Predict(Route("/new"));

        Assert.True(unknown > BatchRule.Least);
        Assert.True(unknown < RequestQueue.SlowFrom);
    }

    [Theory]
    [InlineData("/item/1", "/item/2")]
    [InlineData("/item/1/edit", "/item/77/edit")]
    [InlineData("/u/f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "/u/0b6cdeb8-1f4c-4bb8-9c35-f1b57cbf7c29")]
    [InlineData("/a/an-article-with-a-very-long-title", "/a/another-article-with-a-long-title-too")]
    public void Variable_segments_are_folded(string one, string other) => Assert.Equal(Route(one), Route(other));

    [Theory]
    [InlineData("/item/new", "/item/old")]
    [InlineData("/item/1", "/item/1/")]
    [InlineData("/item/1", "/order/1")]
    [InlineData("/a/b", "/ab")]
    [InlineData("/", "")]
    public void Fixed_segments_are_not(string one, string other) => Assert.NotEqual(Route(one), Route(other));

    [Fact]
    public void Another_method_is_another_route() =>
        Assert.NotEqual(RoutePredictor.RouteOf("GET", "/form"u8), RoutePredictor.RouteOf("POST", "/form"u8));

    [Fact]
    public void Its_name_shows_what_was_folded() => Assert.Equal("GET /item/*/edit", RoutePredictor.NameOf("GET", "/item/77/edit"u8));

    [Fact]
    public void However_many_paths_are_asked_for_the_table_stays_the_same_size()
    {
        var route = Route("/hello");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1UL; i < 1_000_000; i++)
        {
            predictor.Observe(i * 0x9E3779B97F4A7C15, 5_000, out _);
        }
        predictor.Observe(route, 60, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(60, predictor.Predict(route));
    }

    [Fact]
    public void A_run_of_no_time_and_one_of_hours_are_taken_in()
    {
        predictor.Observe(Route("/a"), 0, out _);
        predictor.Observe(Route("/b"), uint.MaxValue, out _);

        Assert.Equal(1, predictor.Predict(Route("/a")));
        Assert.Equal(60_000_000, predictor.Predict(Route("/b")));
    }

    private static ulong Route(string path) => RoutePredictor.RouteOf("GET", System.Text.Encoding.ASCII.GetBytes(path));
}
