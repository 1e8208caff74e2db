using Hotplate.Observability;

namespace Hotplate.Tests.Observability;

/// <summary>Prometheus's text format.</summary>
public class MetricsTextTests
{
    [Fact]
    public void A_label_is_escaped() => Assert.Equal(
        "# HELP a A.\n# TYPE a counter\na{app=\"sh\\\"op\",by=\"x\\\\y\\nz\"} 3\n",
        new MetricsText(["sh\"op"]).Counter("a", "A.", "by", [KeyValuePair.Create("x\\y\nz", 3L)]).ToString());

    [Fact]
    public void A_number_has_a_point_and_loses_nothing() =>
        Assert.EndsWith("a{app=\"shop\"} 1722.125\n", new MetricsText(["shop"]).Gauge("a", "A.", 1722.125).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_histogram_has_seconds_and_adds_up()
    {
        var histogram = new Histogram();
        foreach (var microseconds in new long[] { 0, 500, 501, 60_000_000, 60_000_001 })
        {
            histogram.Observe(microseconds);
        }
        var text = new MetricsText(["shop"]).Histogram("a", "A.", _ => histogram.Read()).ToString();
        Assert.Contains("a_bucket{app=\"shop\",le=\"0.0005\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("a_bucket{app=\"shop\",le=\"0.001\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("a_bucket{app=\"shop\",le=\"60\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("a_bucket{app=\"shop\",le=\"+Inf\"} 5\na_sum{app=\"shop\"} 120.001002\na_count{app=\"shop\"} 5\n", text, StringComparison.Ordinal);
    }
}
