using System.ComponentModel;
using System.Text.Json;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Checks;

/// <summary>Runs a gunicorn.conf.py with the application's Python to see what it sets.</summary>
internal static class GunicornFile
{
    // It computes a few numbers. Who has it wait for something is told.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    internal static GunicornConfiguration Run(AppSettings app)
    {
        var path = app.Config!;
        try
        {
            var (report, status) = Errand.Run(app, WorkerFiles.Find().Boot, ErrandText.Make("config", app), s_limit);
            return report is { } said ? Read(path, said)
                : status is { } end ? Failed(path, ErrorCode.BadConfig, $"{app.Python} ended with {Errand.Describe(end)} while it ran the file. What it wrote is above.")
                : Failed(path, ErrorCode.BadConfig, $"it did not come to its end within {s_limit.TotalSeconds} seconds. Mend it, or start with --config none.");
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return Failed(path, ErrorCode.BadConfig, $"{app.Python} cannot be started to run it: {error.Message}.");
        }
    }

    private static GunicornConfiguration Read(string path, JsonElement report)
    {
        if (report.TryGetProperty("code", out var code))
        {
            return Failed(path, code.GetString()!, report.GetProperty("message").GetString()!);
        }
        var names =
            from said in report.GetProperty("names").EnumerateArray()
            let values = said[2].ValueKind == JsonValueKind.Null ? null : said[2].EnumerateArray().Select(static value => value.GetString()!).ToList()
            select new ConfiguredName(said[0].GetString()!, said[1].GetString()!, values);
        return new GunicornConfiguration(path, [.. names], Failure: null);
    }

    private static GunicornConfiguration Failed(string path, string code, string message) => new(path, [], new SettingsProblem(code, path, message));
}
