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

    /// <summary>Exit code when a worker does not boot though the application is there.</summary>
    public const int WorkerExitCode = 3;

    /// <summary>Exit code when the application, or its gunicorn.conf.py, is at fault.</summary>
    public const int ApplicationExitCode = 4;

    public static int CodeFor(IReadOnlyList<SettingsProblem> problems) =>
        problems.Any(static problem => problem.IsUsage) ? UsageExitCode
        : problems.Any(static problem => problem.Code.StartsWith("HP2", StringComparison.Ordinal)) ? ApplicationExitCode
        : SettingsExitCode;

    /// <param name="problems">At least one.</param>
    /// <param name="json">As lines of a log in JSON.</param>
    /// <returns>The exit code.</returns>
    public static int Print(IReadOnlyList<SettingsProblem> problems, bool json = false)
    {
        foreach (var problem in problems)
        {
            Console.Error.WriteLine(json
                ? LogForm.Json.Server(TimeProvider.System.GetLocalNow(), LogLevel.Error, 0, problem.ToString())
                : $"{Paint.Err.Error(problem.Code)}  {Visible.Lines($"{problem.Where}: {problem.What}")}");
        }
        if (problems.Count > 1 && !json)
        {
            Console.Error.WriteLine($"{problems.Count} problems; nothing was started.");
        }
        return CodeFor(problems);
    }
}
