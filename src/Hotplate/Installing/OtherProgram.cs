using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Service;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Installing;

/// <summary>Programs of the system: systemctl, journalctl, useradd, tail.</summary>
internal static unsafe partial class OtherProgram
{
    private static readonly string[] s_folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static string? Find(string name) => s_folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end, with our standard streams.</summary>
    /// <returns>Its exit code; 127: there is none.</returns>
    public static int Run(string[] command)
    {
        if (Find(command[0]) is not { } program)
        {
            Console.Error.WriteLine($"there is no {command[0]} here");
            return 127;
        }
        try
        {
            var pid = ChildProcess.Start([program, .. command[1..]], OsText.Variables(), "/", [1, 2]);
            return ExitReason.FromStatus(ProgramTrial.EndOf(pid)) is { Signal: 0 } reason ? reason.Code : 128;
        }
        catch (Win32Exception error)
        {
            Console.Error.WriteLine($"{program}: {error.Message}");
            return 127;
        }
    }

    /// <summary>Becomes it: the terminal is its own then. Returns only when that failed.</summary>
    public static int Become(string[] command)
    {
        if (Find(command[0]) is { } program)
        {
            var words = (byte**)NativeMemory.AllocZeroed((nuint)(command.Length + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < command.Length; i++)
            {
                var bytes = OsText.Encode(i == 0 ? program : command[i]);
                words[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
                bytes.CopyTo(new Span<byte>(words[i], bytes.Length));
            }
            _ = execv(words[0], words);
        }
        Console.Error.WriteLine($"there is no {command[0]} here");
        return 127;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execv(byte* path, byte** words);
}
