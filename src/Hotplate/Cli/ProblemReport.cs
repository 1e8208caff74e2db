using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>Tells on standard error all that is wrong with what the user said.</summary>
internal static class ProblemReport
{
    /// <summary>Exit code for a command line that cannot be understood.</summary>
    public const int UsageExitCode = 2;

    /// <summary>Exit code for settings that cannot be used.</summary>
    public const int SettingsExitCode = 1;

    /// <returns>The exit code.</returns>
    public static int Print(IReadOnlyList<SettingsProblem> problems)
    {
        foreach (var problem in problems)
        {
            Console.Error.WriteLine(Visible.Line(problem.ToString()));
        }
        if (problems.Count > 1)
        {
            Console.Error.WriteLine($"{problems.Count} problems; nothing was started.");
        }
        return problems.Any(problem => problem.IsUsage) ? UsageExitCode : SettingsExitCode;
    }
}
