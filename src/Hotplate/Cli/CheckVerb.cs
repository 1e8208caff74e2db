using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate check TARGET</c>: tells every problem that can be seen without running the application.</summary>
internal static class CheckVerb
{
    public static int Run(SettingsOutcome outcome)
    {
        foreach (var warning in outcome.Warnings)
        {
            Console.Out.WriteLine(Visible.Line("Warning: " + warning));
        }
        if (outcome.Settings is not { } settings)
        {
            foreach (var problem in outcome.Problems)
            {
                Console.Out.WriteLine(Visible.Line(problem.ToString()));
            }
            Console.Out.WriteLine(outcome.Problems.Count == 1 ? "1 problem." : $"{outcome.Problems.Count} problems.");
            return 1;
        }
        Console.Out.WriteLine(Visible.Line($"No problems. {settings.App.Target} in {settings.App.Directory}, {settings.App.Python} ({settings.App.PythonFoundBy})"));
        return 0;
    }
}
