using System.Globalization;
using System.Text;

namespace Hotplate.Observability;

/// <summary>Metrics in Prometheus's text format, version 0.0.4. docs/decisions/0006-own-metrics-text.md says why it is ours.</summary>
/// <remarks>What is of an application has its name as the label "app"; what is of the server alone has it when there is one
/// application.</remarks>
/// <param name="apps">Their names.</param>
internal sealed class MetricsText(IReadOnlyList<string> apps)
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private readonly StringBuilder text = new(8 * 1024);
    private readonly string[] labels = [.. apps.Select(AppLabel)];

    /// <summary>Something that goes up and down.</summary>
    internal MetricsText Gauge(string name, string help, double value) => Head(name, "gauge", help).Sample(name, Server, "", value);

    /// <param name="value">Of the application with that place.</param>
    internal MetricsText Gauge(string name, string help, Func<int, double> value) => Head(name, "gauge", help).Each(name, value);

    /// <summary>Something that only grows while the server runs, alone or by the values of one label.</summary>
    internal MetricsText Counter(string name, string help, double value) => Head(name, "counter", help).Sample(name, Server, "", value);

    internal MetricsText Counter(string name, string help, Func<int, double> value) => Head(name, "counter", help).Each(name, value);

    internal MetricsText Counter(string name, string help, string label, IEnumerable<RouteSample> samples)
    {
        Head(name, "counter", help);
        foreach (var one in samples)
        {
            var route = one.Route is null ? "" : $"route=\"{Escape(one.Route)}\",";
            Sample(name, AppLabel(one.App), $"{route}{label}=\"{Escape(one.Word)}\"", one.Value);
        }
        return this;
    }

    internal MetricsText Counter(string name, string help, string label, IEnumerable<KeyValuePair<string, long>> values) =>
        Head(name, "counter", help).Labelled(name, Server, label, values);

    internal MetricsText Gauge(string name, string help, string label, IEnumerable<KeyValuePair<string, long>> values) =>
        Head(name, "gauge", help).Labelled(name, "", label, values);

    internal MetricsText Counter(string name, string help, string label, Func<int, IEnumerable<KeyValuePair<string, long>>> values) =>
        Head(name, "counter", help).EachLabelled(name, label, values);

    internal MetricsText Gauge(string name, string help, string label, Func<int, IEnumerable<KeyValuePair<string, long>>> values) =>
        Head(name, "gauge", help).EachLabelled(name, label, values);

    /// <summary>Times, in seconds.</summary>
    internal MetricsText Histogram(string name, string help, Func<int, HistogramView> histogram)
    {
        Head(name, "histogram", help);
        for (var app = 0; app < labels.Length; app++)
        {
            Write(name, labels[app], histogram(app));
        }
        return this;
    }

    public override string ToString() => text.ToString();

    private string Server => labels.Length == 1 ? labels[0] : "";

    private void Write(string name, string app, HistogramView histogram)
    {
        var below = 0L;
        for (var range = 0; range < histogram.Counts.Count; range++)
        {
            below += histogram.Counts[range];
            var bound = range < Observability.Histogram.Bounds.Length ? Number(Observability.Histogram.Bounds[range] / 1e6) : "+Inf";
            Sample(name + "_bucket", app, $"le=\"{bound}\"", below);
        }
        Sample(name + "_sum", app, "", histogram.Sum / 1e6).Sample(name + "_count", app, "", below);
    }

    private MetricsText Each(string name, Func<int, double> value)
    {
        for (var app = 0; app < labels.Length; app++)
        {
            Sample(name, labels[app], "", value(app));
        }
        return this;
    }

    private MetricsText EachLabelled(string name, string label, Func<int, IEnumerable<KeyValuePair<string, long>>> values)
    {
        for (var app = 0; app < labels.Length; app++)
        {
            Labelled(name, labels[app], label, values(app));
        }
        return this;
    }

    private MetricsText Labelled(string name, string app, string label, IEnumerable<KeyValuePair<string, long>> values)
    {
        foreach (var (word, value) in values)
        {
            Sample(name, app, $"{label}=\"{Escape(word)}\"", value);
        }
        return this;
    }

    private MetricsText Head(string name, string type, string help)
    {
        text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
        return this;
    }

    private MetricsText Sample(string name, string app, string more, double value)
    {
        var comma = app.Length > 0 && more.Length > 0 ? "," : "";
        text.Append(app.Length + more.Length == 0 ? $"{name} {Number(value)}\n" : $"{name}{{{app}{comma}{more}}} {Number(value)}\n");
        return this;
    }

    private static string AppLabel(string app) => $"app=\"{Escape(app)}\"";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
