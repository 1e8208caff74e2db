using System.Collections;
using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>The environment variables an application sees: the front's, less what is ours or .NET's, and what -e added.</summary>
internal static class AppEnvironment
{
    internal static Dictionary<string, string> For(AppSettings app)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (!name.StartsWith("DOTNET_", StringComparison.Ordinal) && !name.StartsWith("HOTPLATE_", StringComparison.Ordinal))
            {
                environment[name] = (string?)entry.Value ?? "";
            }
        }
        foreach (var (name, value) in app.Environment)
        {
            environment[name] = value;
        }
        return environment;
    }
}
