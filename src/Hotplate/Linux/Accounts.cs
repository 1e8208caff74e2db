using System.Globalization;
using System.Runtime.InteropServices;

namespace Hotplate.Linux;

/// <summary>Users and groups, as the C library knows them: /etc/passwd, LDAP, whatever nsswitch.conf(5) names.</summary>
internal static unsafe partial class Accounts
{
    /// <summary>Who this process acts as. Asked anew each time: a process may give up being root.</summary>
    public static uint Me => geteuid();

    public static uint MyGroup => getegid();

    /// <summary>By name, or by number; null: there is no such user.</summary>
    public static Account? User(string text)
    {
        fixed (byte* name = (byte[])[.. System.Text.Encoding.UTF8.GetBytes(text), 0])
        {
            var found = getpwnam(name);
            return found is not null ? From(found) : Number(text) is { } number ? User(number) : null;
        }
    }

    public static Account? User(uint number) => getpwuid(number) is var found && found is not null ? From(found) : null;

    /// <summary>A group's number, by name or by number; null: there is none of that name.</summary>
    public static uint? Group(string text)
    {
        fixed (byte* name = (byte[])[.. System.Text.Encoding.UTF8.GetBytes(text), 0])
        {
            var found = getgrnam(name);
            return found is not null ? found->Number : Number(text);
        }
    }

    /// <summary>A user's or group's number in digits; null: that is none. The largest means "leave it as it is" to the kernel.</summary>
    public static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != uint.MaxValue ? number : null;

    /// <summary>All groups that a user is in, with <paramref name="first"/> among them.</summary>
    public static uint[] GroupsOf(string user, uint first)
    {
        fixed (byte* name = (byte[])[.. System.Text.Encoding.UTF8.GetBytes(user), 0])
        {
            for (var count = 64; ; count *= 2)
            {
                var groups = new uint[count];
                fixed (uint* at = groups)
                {
                    var room = count;
                    if (getgrouplist(name, first, at, &room) >= 0)
                    {
                        return groups[..room];
                    }
                }
                if (count > 1 << 16)
                {
                    return [first];
                }
            }
        }
    }

    private static Account From(Passwd* found) =>
        new(Marshal.PtrToStringUTF8((nint)found->Name) ?? "", found->User, found->Group, Marshal.PtrToStringUTF8((nint)found->Home) is { Length: > 0 } home ? home : "/");

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint getegid();

    [LibraryImport("libc")]
    private static partial Passwd* getpwnam(byte* name);

    [LibraryImport("libc")]
    private static partial Passwd* getpwuid(uint user);

    [LibraryImport("libc")]
    private static partial GroupEntry* getgrnam(byte* name);

    [LibraryImport("libc")]
    private static partial int getgrouplist(byte* user, uint group, uint* groups, int* count);

    /// <summary>struct passwd, the same in glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        internal byte* Name;
        internal byte* Password;
        internal uint User;
        internal uint Group;
        internal byte* Remark;
        internal byte* Home;
        internal byte* Shell;
    }

    /// <summary>struct group.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct GroupEntry
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Number;
        internal byte** Members;
    }
}
