using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>What the user typed, led to the verb that does it.</summary>
internal static class CommandLine
{
    public static Task<int> RunAsync(string[] arguments)
    {
        var settings = new ServerSettings
        {
            App = new AppSettings { Target = arguments[^1], Directory = Environment.CurrentDirectory, Python = "/usr/bin/python3" },
        };
        return Server.RunAsync(settings);
    }
}
