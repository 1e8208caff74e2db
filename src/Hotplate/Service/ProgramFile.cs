using System.Runtime.InteropServices;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Service;

/// <summary>The command that this process was started with: what an upgrade starts anew, whatever is at that path by then.</summary>
internal static partial class ProgramFile
{
    private const int AT_EXECFN = 31;

    /// <summary>As it was started, links and all: what a package puts in the place of the file, or where a link points to since, is the new program.</summary>
    internal static string Path { get; private set; } = "";

    /// <summary>To be called at the start: relative paths are relative to the folder of that moment.</summary>
    internal static void Remember()
    {
        var name = Marshal.PtrToStringUTF8(getauxval(AT_EXECFN)) ?? "";
        Path = name.Length == 0 || name.StartsWith("/proc/", StringComparison.Ordinal) || name.StartsWith("/dev/fd/", StringComparison.Ordinal)
            ? Environment.ProcessPath!
            : System.IO.Path.GetFullPath(name, OsText.CurrentDirectory());
    }

    /// <summary>Everything after the program.</summary>
    internal static string[] Arguments()
    {
        var words = new List<string>();
        ReadOnlySpan<byte> rest = File.ReadAllBytes("/proc/self/cmdline");
        while (rest.IndexOf((byte)0) is var end and >= 0)
        {
            words.Add(OsText.Decode(rest[..end]));
            rest = rest[(end + 1)..];
        }
        return [.. words.Skip(1)];
    }

    [LibraryImport("libc")]
    private static partial nint getauxval(nuint type);
}
