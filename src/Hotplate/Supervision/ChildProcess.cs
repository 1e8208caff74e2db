using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Starts a program with chosen descriptors, which .NET's Process cannot: posix_spawn(3).</summary>
internal static unsafe class ChildProcess
{
    private const short POSIX_SPAWN_SETPGROUP = 0x02;
    private const short POSIX_SPAWN_SETSIGDEF = 0x04;
    private const short POSIX_SPAWN_SETSIGMASK = 0x08;
    private const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>
    /// Starts <paramref name="arguments"/>[0] in a process group of its own (so that Ctrl-C in a terminal reaches the front alone), with all
    /// signals at their defaults and nothing open but /dev/null as 0 and <paramref name="descriptors"/> as 1, 2, 3, ….
    /// </summary>
    /// <param name="arguments">The program and what it is told.</param>
    /// <param name="environment">Its variables.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="descriptors">See above.</param>
    /// <param name="held">Signals that wait until it takes them (SIG_UNBLOCK): their default would end it before it has got so far.</param>
    /// <exception cref="Win32Exception">It cannot be started; the message is the kernel's.</exception>
    internal static int Start(
        string[] arguments, IReadOnlyDictionary<string, string> environment, string directory, ReadOnlySpan<int> descriptors, ReadOnlySpan<int> held = default)
    {
        // Opaque types of glibc and musl, well under 512 bytes each.
        var actions = stackalloc byte[512];
        var attributes = stackalloc byte[512];
        var signals = stackalloc byte[128];
        Span<int> high = stackalloc int[descriptors.Length];
        high.Fill(-1);
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        var argv = Strings(arguments);
        var envp = Strings([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        try
        {
            _ = Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Libc.O_RDONLY, 0);
            for (var i = 0; i < descriptors.Length; i++)
            {
                // First out of the way of the numbers they will have, or one would overwrite another.
                high[i] = Libc.fcntl(descriptors[i], F_DUPFD_CLOEXEC, 64);
                if (high[i] < 0)
                {
                    throw new Win32Exception();
                }
                _ = Libc.posix_spawn_file_actions_adddup2(actions, high[i], i + 1);
            }
            fixed (byte* folder = (byte[])[.. OsText.Encode(directory), 0])
            {
                _ = Libc.posix_spawn_file_actions_addchdir_np(actions, folder);
            }
            _ = Libc.sigfillset(signals);
            _ = Libc.posix_spawnattr_setsigdefault(attributes, signals);
            _ = Libc.sigemptyset(signals);
            foreach (var signal in held)
            {
                _ = Libc.sigaddset(signals, signal);
            }
            _ = Libc.posix_spawnattr_setsigmask(attributes, signals);
            _ = Libc.posix_spawnattr_setpgroup(attributes, 0);
            _ = Libc.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
            int pid;
            var error = Libc.posix_spawn(&pid, argv[0], actions, attributes, argv, envp);
            return error == 0 ? pid : throw new Win32Exception(error);
        }
        finally
        {
            foreach (var fd in high)
            {
                if (fd >= 0)
                {
                    _ = Libc.close(fd);
                }
            }
            Free(argv);
            Free(envp);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }
    }

    private static byte** Strings(string[] strings)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Length; i++)
        {
            var bytes = OsText.Encode(strings[i]);
            list[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
            bytes.CopyTo(new Span<byte>(list[i], bytes.Length));
        }
        return list;
    }

    private static void Free(byte** list)
    {
        for (var at = list; *at is not null; at++)
        {
            NativeMemory.Free(*at);
        }
        NativeMemory.Free(list);
    }
}
