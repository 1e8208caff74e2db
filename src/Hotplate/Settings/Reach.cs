using System.Runtime.InteropServices;

namespace Hotplate.Settings;

/// <summary>What this user may do with a path, asked without doing it: access(2).</summary>
internal static partial class Reach
{
    private const int Here = -100;
    private const int AsWhoWeAre = 0x200; // AT_EACCESS
    private const int Execute = 1;
    private const int Write = 2;

    /// <summary>True when the file may be written to, or, when there is none, made in its folder.</summary>
    public static bool IsWritable(string file) => File.Exists(file) ? MayWrite(file) : MayMakeIn(Path.GetDirectoryName(file)!);

    /// <summary>True when files may be made in that folder.</summary>
    public static bool MayMakeIn(string folder) => faccessat(Here, folder, Write | Execute, AsWhoWeAre) == 0;

    /// <summary>
    /// What is behind a folder that one may not enter looks as if it were not there. Tells what is in the way, and what to do; null: nothing is,
    /// so what is not seen is not there.
    /// </summary>
    public static string? Wall(string path)
    {
        var folder = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Append("."))
        {
            if (faccessat(Here, folder, Execute, AsWhoWeAre) != 0)
            {
                return $"this user ({Environment.UserName}) may not enter {folder}, so {path} cannot be reached. Look at its permissions: ls -ld {folder}";
            }
            folder = Path.Combine(folder, part);
            if (!Directory.Exists(folder))
            {
                return null;
            }
        }
        return null;
    }

    private static bool MayWrite(string file) => faccessat(Here, file, Write, AsWhoWeAre) == 0;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int faccessat(int directory, string path, int mode, int flags);
}
