using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>What is said of an application that was found without being named.</summary>
internal static class FoundText
{
    public static string Make(FoundApp found, string folder, string verb) =>
        $"no target was given, so {found.Target} in {folder} is taken ({found.Why}). By its name: hotplate {verb} {found.Quoted}";
}
