using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Hotplate.Linux;

/// <summary>Who one thread is, and what it may do: credentials(7), capabilities(7). The kernel keeps that for each thread; the C library's functions change all of a process.</summary>
internal static unsafe partial class Credentials
{
    private const int PR_CAPBSET_DROP = 24;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int PR_CAP_AMBIENT = 47;
    private const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private const int LastCapability = 63;
    private const uint CapabilityVersion = 0x20080522;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static nint SetGroups => IsArm ? 159 : 116;

    private static nint SetGroupIds => IsArm ? 149 : 119;

    private static nint SetUserIds => IsArm ? 147 : 117;

    private static nint SetCapabilities => IsArm ? 91 : 126;

    /// <summary>Does something on a thread that is that user and ends after it.</summary>
    /// <exception cref="Win32Exception">The kernel does not let this process become that user.</exception>
    public static T As<T>(Identity who, Func<T> act)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Become(who);
                result = act();
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw failure;
    }

    /// <summary>
    /// Runs a program in this process's place, as that user. Whoever is not root by then has given it up for good: real, effective and saved ids, groups, every
    /// capability, also those that could be had again by running a program (bounding set, no_new_privs). A new program has one thread, so no thread is forgotten.
    /// </summary>
    /// <exception cref="Win32Exception">The kernel refuses it; nothing has changed for the other threads.</exception>
    public static void Execute(Identity who, string program, byte[] arguments, byte[] environment)
    {
        Exception? failure = null;
        // On a thread of its own: where it fails, the others are who they were.
        var thread = new Thread(() =>
        {
            try
            {
                if (who.User != 0)
                {
                    DropBoundingSet();
                }
                Become(who);
                if (who.User != 0)
                {
                    DropCapabilities();
                }
                Replace(program, arguments, environment);
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        throw failure!;
    }

    private static void Become(Identity who)
    {
        var groups = who.Groups.ToArray();
        fixed (uint* list = groups)
        {
            Check(syscall(SetGroups, groups.Length, (nint)list, 0));
        }
        Check(syscall(SetGroupIds, (nint)who.Group, (nint)who.Group, (nint)who.Group));
        Check(syscall(SetUserIds, (nint)who.User, (nint)who.User, (nint)who.User));
    }

    // What may not be dropped (a container that took CAP_SETPCAP away) is no use to who may gain nothing by running a program.
    private static void DropBoundingSet()
    {
        for (var capability = 0; capability <= LastCapability; capability++)
        {
            _ = prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    }

    private static void DropCapabilities()
    {
        var header = stackalloc uint[2] { CapabilityVersion, 0 };
        var sets = stackalloc uint[6];
        new Span<uint>(sets, 6).Clear();
        Check(syscall(SetCapabilities, (nint)header, (nint)sets, 0));
        Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        if (syscall(SetUserIds, 0, 0, 0) == 0)
        {
            throw new InvalidOperationException("root could be had again");
        }
    }

    /// <param name="arguments">Each with a zero behind it, as in /proc/self/cmdline.</param>
    /// <param name="environment">The same.</param>
    private static void Replace(string program, byte[] arguments, byte[] environment)
    {
        fixed (byte* path = (byte[])[.. System.Text.Encoding.UTF8.GetBytes(program), 0], own = "/proc/self/exe\0"u8, argv = arguments, envp = environment)
        {
            var (words, variables) = (Pointers(argv, arguments), Pointers(envp, environment));
            fixed (nint* argument = words, variable = variables)
            {
                _ = execve(path, argument, variable);
                var error = Marshal.GetLastPInvokeError();
                // Its folders may be closed to that user, or the file replaced meanwhile: what runs now can be run all the same.
                _ = execve(own, argument, variable);
                throw new Win32Exception(error);
            }
        }
    }

    private static nint[] Pointers(byte* start, byte[] strings)
    {
        var all = new List<nint>();
        for (var at = 0; at < strings.Length; at += strings.AsSpan(at).IndexOf((byte)0) + 1)
        {
            all.Add((nint)(start + at));
        }
        return [.. all, 0];
    }

    private static void Check(nint result)
    {
        if (result < 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execve(byte* path, nint* arguments, nint* environment);
}
