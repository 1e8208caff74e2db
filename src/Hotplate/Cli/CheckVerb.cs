using Hotplate.Checks;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate check TARGET</c>: finds what <c>serve</c> would find, by importing the application in a process of its own and trying the rest.</summary>
internal static class CheckVerb
{
    /// <summary>The interpreter, the extension, a hook, an import that does not come back: what serve calls a worker that fails to boot.</summary>
    private static readonly string[] s_failedBoots = ["HP207", "HP208", "HP209", "HP210", "HP212", "HP504", "HP505"];

    /// <returns>The exit code that <c>serve</c> would have had: 0 nothing is wrong, 4 the application does not load, 3 its worker does not boot, 2 what
    /// was said is not understood, else 1.</returns>
    public static int Run(SettingsOutcome outcome, bool asJson)
    {
        var (findings, python) = outcome.Settings is { } settings ? ServerCheck.Run(settings) : ([.. outcome.Problems.Select(Tell)], null);
        if (asJson)
        {
            Console.Out.Write(JsonText.Check(outcome, findings, python));
        }
        else
        {
            Print(outcome, findings, python);
        }
        return findings.Count == 0 ? 0
            : outcome.Settings is null ? ProblemReport.CodeFor(outcome.Problems)
            : findings.Any(static finding => s_failedBoots.Contains(finding.Code)) ? ProblemReport.WorkerExitCode
            : findings.Any(static finding => finding.Code.StartsWith("HP2", StringComparison.Ordinal)) ? ProblemReport.ApplicationExitCode
            : ProblemReport.SettingsExitCode;
    }

    private static Finding Tell(SettingsProblem problem) => new(problem.Code, $"{problem.Where}: {problem.What}");

    private static void Print(SettingsOutcome outcome, IReadOnlyList<Finding> findings, string? python)
    {
        if (outcome.Search?.Only is { } found)
        {
            Console.Out.WriteLine(Visible.Line(FoundText.Make(found, outcome.Search.Folder, "check")));
        }
        foreach (var warning in outcome.Warnings)
        {
            Console.Out.WriteLine(Paint.Out.Warning("Warning: ") + Visible.Line(warning));
        }
        foreach (var finding in findings)
        {
            Console.Out.WriteLine($"{Paint.Out.Error(finding.Code)}  {Visible.Lines(finding.Text)}");
        }
        if (findings.Count > 0)
        {
            Console.Out.WriteLine(findings.Count == 1 ? "1 problem." : $"{findings.Count} problems.");
            return;
        }
        Console.Out.Write(Paint.Out.Good("No problems."));
        foreach (var app in outcome.Settings!.Tenants.Select(static one => one.App))
        {
            var version = outcome.Apps.Count == 0 ? $"Python {python}: " : "";
            var by = $"{version}{app.Python} ({app.PythonFoundBy})";
            Console.Out.WriteLine(Visible.Line($" {app.Target} in {app.Directory} was imported by {by}"));
        }
    }
}
