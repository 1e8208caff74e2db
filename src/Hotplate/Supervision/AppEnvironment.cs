using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>The environment variables an application sees: the front's, less what is ours or .NET's, and what -e added.</summary>
internal static class AppEnvironment
{
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
        foreach (var (name, value) in app.Environment)
        {
            environment[name] = value;
        }
        return environment;
    }
}
