using System.Reflection;

namespace Hotplate.Cli;

/// <summary><c>hotplate --version</c>.</summary>
internal static class VersionText
{
    public static string Make()
    {
        var version = typeof(VersionText).Assembly.GetName().Version!;
        return $"hotplate {version.Major}.{version.Minor}.{version.Build} (.NET {Environment.Version})";
    }
}
