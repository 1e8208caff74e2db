using System.Text;
using Hotplate.Control;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate routes [[METHOD] URL]</c>: the routes of the file in the order in which they are asked, and which takes a
/// URL.</summary>
internal static class RoutesVerb
{
    internal const string Name = "routes";

    /// <returns>The exit code: 0, also where no route takes the URL; else as for every mistake in settings.</returns>
    public static int Run(Invocation invocation, Func<Invocation, SettingsOutcome> read)
    {
        var outcome = read(invocation with { Operands = [] });
        if (outcome.Settings is not { } settings)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        var (method, url) = invocation.Operands switch
        {
            [] => ("GET", "/"),
            [var only] => ("GET", only),
            [var first, var second, ..] => (first.ToUpperInvariant(), second),
        };
        RouteReport report;
        try
        {
            report = RouteReport.Of(settings, method, url);
        }
        catch (FormatException error)
        {
            return ProblemReport.Print([new SettingsProblem(ErrorCode.BadTarget, url, error.Message)]);
        }
        Console.Out.Write(Visible.Lines(
            invocation.WantsJson ? JsonText.Of(report) : invocation.Operands.Count == 0 ? All(report) : Explain(report)));
        return 0;
    }

    private static string All(RouteReport report)
    {
        if (report.Routes.Count == 0)
        {
            return $"no routes: {report.Action}\n";
        }
        var table = new TextTable("HOST", "PATH", "DOES", "WHERE");
        foreach (var route in report.Routes)
        {
            table.Add(route.Host, route.Path, route.Action, route.Place);
        }
        var text = new StringBuilder();
        table.Write(text, int.MaxValue);
        return text.ToString();
    }

    private static string Explain(RouteReport report)
    {
        var text = new StringBuilder();
        text.Append($"{report.Method} {report.Url}: {report.Action}").Append(report.Taken is null ? "\n" : $" ({report.Taken})\n");
        if (report.Routes.Count > 0)
        {
            var table = new TextTable(" ", "HOST", "PATH", "DOES", "WHERE", "WHY");
            foreach (var route in report.Routes)
            {
                var mark = route.Verdict switch { "taken" => "->", "other_host" or "other_path" => "", _ => "-" };
                table.Add(mark, route.Host, route.Path, route.Action, route.Place, route.Why);
            }
            table.Write(text.Append('\n'), int.MaxValue);
        }
        return text.ToString();
    }
}
