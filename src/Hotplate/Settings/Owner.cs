using System.Globalization;
using System.Runtime.InteropServices;

namespace Hotplate.Settings;

/// <summary>Who this process runs as.</summary>
internal static partial class Owner
{
    /// <summary>True when it is that user or group already, by name or by number.</summary>
    public static bool Is(string kind, string asked)
    {
        var (number, file) = kind == "user" ? (geteuid(), "/etc/passwd") : (getegid(), "/etc/group");
        return asked == number.ToString(CultureInfo.InvariantCulture) || (kind == "user" && asked == Environment.UserName) || Named(file, asked) == number;
    }

    private static uint? Named(string file, string name)
    {
        try
        {
            // name:password:number:…
            var fields = File.ReadLines(file).Select(static line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[0] == name);
            return fields is not null && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();
}
