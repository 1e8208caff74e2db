using System.Globalization;
using Hotplate.Observability;

namespace Hotplate.Control;

/// <summary>The private folder where a user's servers have their control sockets, each named by its process: <c>4182.sock</c>.</summary>
/// <remarks>A folder that is not its user's own, or that others may enter, is passed over: whoever made it could answer in a server's place.</remarks>
internal static class ControlFolder
{
    private const string Suffix = ".sock";

    /// <summary>Where a server of this user puts its socket; null, and why, when there is no such place.</summary>
    internal static string? Make(out string why)
    {
        why = "";
        foreach (var folder in Places(FileIdentity.Me))
        {
            if (!Directory.Exists(Path.GetDirectoryName(folder)))
            {
                continue;
            }
            try
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                why = error.Message;
                continue;
            }
            if (IsOf(FileIdentity.Me, folder))
            {
                return folder;
            }
            why = $"{folder} belongs to another user or is open to others";
        }
        return null;
    }

    /// <summary>Sockets of one user's servers, living or not.</summary>
    internal static IEnumerable<string> Sockets(uint user) =>
        Places(user).Where(folder => IsOf(user, folder)).SelectMany(folder => Directory.EnumerateFiles(folder, "*" + Suffix))
            .Concat(Services(user)).Distinct(StringComparer.Ordinal);

    /// <summary>Those of sites that hotplate install made, each of which has a user of its own: that user's, or for root all.</summary>
    private static IEnumerable<string> Services(uint user) => Directory.Exists("/run")
        ? Directory.EnumerateDirectories("/run", "hotplate-*").Where(folder => FileIdentity.Of(folder) is { IsFolder: true } found && (found.Owner == user || user == 0))
            .Select(static folder => Path.Combine(folder, "control")).Where(File.Exists)
        : [];

    /// <summary>Of every user's servers: root may ask each of them.</summary>
    internal static IEnumerable<string> SocketsOfAll() =>
        Folders("/run/user", "*").Concat(Folders("/tmp", "hotplate-*").Select(static folder => folder["hotplate-".Length..]))
            .Select(static text => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var user) ? user : (uint?)null).OfType<uint>().Distinct().SelectMany(Sockets);

    private static IEnumerable<string> Folders(string place, string pattern) =>
        Directory.Exists(place) ? Directory.EnumerateDirectories(place, pattern).Select(static path => Path.GetFileName(path)) : [];

    internal static string NameOf(int pid) => pid.ToString(CultureInfo.InvariantCulture) + Suffix;

    // A service has no XDG_RUNTIME_DIR where its user's shell has one, so a client looks at all of them.
    private static IEnumerable<string> Places(uint user)
    {
        var number = user.ToString(CultureInfo.InvariantCulture);
        if (user == FileIdentity.Me && Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own && Path.IsPathRooted(own))
        {
            yield return Path.Combine(own, "hotplate");
        }
        yield return $"/run/user/{number}/hotplate";
        yield return $"/tmp/hotplate-{number}";
    }

    private static bool IsOf(uint user, string folder) => FileIdentity.Of(folder) is { IsFolder: true, IsPrivate: true } found && found.Owner == user;
}
