using System.Globalization;
using System.Text;

namespace Hotplate.Observability;

/// <summary>Metrics in Prometheus's text format, version 0.0.4. docs/decisions/0006-own-metrics-text.md says why it is ours.</summary>
/// <param name="app">The label that every sample has.</param>
internal sealed class MetricsText(string app)
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private readonly StringBuilder text = new(8 * 1024);
    private readonly string appLabel = $"app=\"{Escape(app)}\"";

    /// <summary>Something that goes up and down.</summary>
    internal MetricsText Gauge(string name, string help, double value) => Head(name, "gauge", help).Sample(name, "", value);

    /// <summary>Something that only grows while the server runs, alone or by the values of one label.</summary>
    internal MetricsText Counter(string name, string help, double value) => Head(name, "counter", help).Sample(name, "", value);

    internal MetricsText Counter(string name, string help, string label, IEnumerable<KeyValuePair<string, long>> values) => Labelled("counter", name, help, label, values);

    internal MetricsText Gauge(string name, string help, string label, IEnumerable<KeyValuePair<string, long>> values) => Labelled("gauge", name, help, label, values);

    /// <summary>Times, in seconds.</summary>
    internal MetricsText Histogram(string name, string help, HistogramView histogram)
    {
        Head(name, "histogram", help);
        var below = 0L;
        for (var range = 0; range < histogram.Counts.Count; range++)
        {
            below += histogram.Counts[range];
            var bound = range < Observability.Histogram.Bounds.Length ? Number(Observability.Histogram.Bounds[range] / 1e6) : "+Inf";
            Sample(name + "_bucket", $",le=\"{bound}\"", below);
        }
        return Sample(name + "_sum", "", histogram.Sum / 1e6).Sample(name + "_count", "", below);
    }

    public override string ToString() => text.ToString();

    private MetricsText Labelled(string type, string name, string help, string label, IEnumerable<KeyValuePair<string, long>> values)
    {
        Head(name, type, help);
        foreach (var (word, value) in values)
        {
            Sample(name, $",{label}=\"{Escape(word)}\"", value);
        }
        return this;
    }

    private MetricsText Head(string name, string type, string help)
    {
        text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
        return this;
    }

    private MetricsText Sample(string name, string labels, double value)
    {
        text.Append($"{name}{{{appLabel}{labels}}} {Number(value)}\n");
        return this;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
