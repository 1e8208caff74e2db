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
        var text = new StringBuilder();
        if (report.Routes.Count == 0)
        {
            text.Append($"no routes: {report.Action}\n");
        }
        else
        {
            List(text, "DOES", report.Routes);
        }
        if (report.Limits.Count > 0)
        {
            List(text.Append('\n'), "LIMIT", report.Limits);
        }
        return text.ToString();
    }

    private static void List(StringBuilder text, string does, IReadOnlyList<RouteStepReport> all)
    {
        var table = new TextTable("HOST", "PATH", does, "WHERE");
        foreach (var one in all)
        {
            table.Add(one.Host, one.Path, one.Action, one.Place);
        }
        table.Write(text, int.MaxValue);
    }

    private static string Explain(RouteReport report)
    {
        var text = new StringBuilder();
        text.Append($"{report.Method} {report.Url}: {report.Action}").Append(report.Taken is null ? "\n" : $" ({report.Taken})\n");
        foreach (var limit in report.Limits.Where(static one => one.Verdict == "taken"))
        {
            text.Append($"limit: {limit.Action} ({limit.Place})\n");
        }
        Explain(text, "DOES", report.Routes);
        Explain(text, "LIMIT", report.Limits);
        return text.ToString();
    }

    private static void Explain(StringBuilder text, string does, IReadOnlyList<RouteStepReport> all)
    {
        if (all.Count == 0)
        {
            return;
        }
        var table = new TextTable(" ", "HOST", "PATH", does, "WHERE", "WHY");
        foreach (var one in all)
        {
            var mark = one.Verdict switch { "taken" => "->", "other_host" or "other_path" => "", _ => "-" };
            table.Add(mark, one.Host, one.Path, one.Action, one.Place, one.Why);
        }
        table.Write(text.Append('\n'), int.MaxValue);
    }
}
