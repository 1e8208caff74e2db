using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>The environment variables an application sees: the front's, less what is ours, .NET's or systemd's word to the server, SERVER_SOFTWARE, what stands in --env-file, and what -e added.</summary>
internal static class AppEnvironment
{
    private const string ServerSoftware = "SERVER_SOFTWARE";

    // As in environ.
    private static readonly string s_software = $"hotplate/{typeof(AppEnvironment).Assembly.GetName().Version!.ToString(3)}";

    /// <exception cref="IOException">A file of --env-file cannot be read any more. The message is for the user.</exception>
    internal static Dictionary<string, string> For(AppSettings app)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in OsText.Variables())
        {
            if (!name.StartsWith("DOTNET_", StringComparison.Ordinal) && !name.StartsWith("HOTPLATE_", StringComparison.Ordinal) && !ServiceVariables.Contains(name))
            {
                environment[name] = value;
            }
        }
        if (app.RunAs is { IsToCome: true } other)
        {
            foreach (var (name, value) in other.Variables)
            {
                environment[name] = value;
            }
        }
        environment.Remove(ServerSoftware);
        if (app.IsPublic)
        {
            environment[ServerSoftware] = s_software;
        }
        foreach (var (name, value) in app.EnvFiles.SelectMany(Read))
        {
            environment[name] = value;
        }
        foreach (var (name, value) in app.Environment)
        {
            environment[name] = value;
        }
        return environment;
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Read(string file)
    {
        try
        {
            return EnvFile.Read(file);
        }
        catch (SettingException problem)
        {
            throw new IOException($"{problem.Code}  --env-file: {problem.Message}", problem);
        }
    }
}
