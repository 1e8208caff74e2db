using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>The environment variables an application sees: the front's, less what is ours or .NET's, SERVER_SOFTWARE, and what -e added.</summary>
internal static class AppEnvironment
{
    private const string ServerSoftware = "SERVER_SOFTWARE";

    // As in environ.
    private static readonly string s_software = $"hotplate/{typeof(AppEnvironment).Assembly.GetName().Version!.ToString(3)}";

    internal static Dictionary<string, string> For(AppSettings app)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in OsText.Variables())
        {
            if (!name.StartsWith("DOTNET_", StringComparison.Ordinal) && !name.StartsWith("HOTPLATE_", StringComparison.Ordinal))
            {
                environment[name] = value;
            }
        }
        environment.Remove(ServerSoftware);
        if (app.IsPublic)
        {
            environment[ServerSoftware] = s_software;
        }
        foreach (var (name, value) in app.Environment)
        {
            environment[name] = value;
        }
        return environment;
    }
}
