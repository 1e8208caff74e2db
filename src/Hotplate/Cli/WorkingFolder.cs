using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary>The folder that the command was started in, by the way the user went.</summary>
internal static class WorkingFolder
{
    /// <summary>
    /// $PWD when that is the same folder: a shell keeps the links there that lead to it, and one that is switched to a new release
    /// ("current") is followed anew at each reload. Else what getcwd(3) says, where links are resolved.
    /// </summary>
    internal static string Path(string? pwd, string current) =>
        !string.IsNullOrEmpty(pwd) && System.IO.Path.IsPathRooted(pwd) && pwd != current
        // With what is in it, or a link would be looked at and not the folder.
        && FileIdentity.Of(pwd + "/.") is { } way && FileIdentity.Of(current + "/.") is { } here && way.IsSameFileAs(here) ? pwd : current;
}
