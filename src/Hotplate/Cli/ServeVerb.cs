using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate serve TARGET</c> and <c>hotplate dev TARGET</c>, which differ in their settings: runs the server until it is stopped.</summary>
internal static class ServeVerb
{
    public static Task<int> RunAsync(SettingsOutcome outcome)
    {
        if (outcome.Settings is not { } settings)
        {
            return Task.FromResult(ProblemReport.Print(outcome.Problems, outcome.Json));
        }
        foreach (var warning in outcome.Warnings)
        {
            Console.Error.WriteLine(settings.Log.Json
                ? LogForm.Json.Server(TimeProvider.System.GetLocalNow(), LogLevel.Warning, 0, warning)
                : Paint.Err.Warning("hotplate: ") + Visible.Line(warning));
        }
        return Server.RunAsync(settings);
    }
}
