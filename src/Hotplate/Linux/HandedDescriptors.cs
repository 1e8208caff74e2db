using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Hotplate.Linux;

/// <summary>What this program opened as root before it began anew as somebody else: listening sockets, log files, the pid file. Each is taken once, by what it is.</summary>
/// <remarks>They are told in a variable, which applications do not get. Whoever sets it himself can name nothing but what he has open anyway.</remarks>
internal static partial class HandedDescriptors
{
    public const string Variable = "HOTPLATE_OPENED_AS_ROOT";
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;
    private static readonly Dictionary<string, int> s_all = new(StringComparer.Ordinal);
    private static readonly Lock s_gate = new();

    public static string OfBind(string place) => "bind " + place;

    public static string OfLog(string path) => "log " + path;

    public static string OfPid(string path) => "pid " + path;

    public static string OfControl(string path) => "control " + path;

    public static string OfMetrics(string place) => "metrics " + place;

    /// <summary>At the start, before any program is started: it would get them too.</summary>
    public static void Receive()
    {
        var told = Environment.GetEnvironmentVariable(Variable)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        Environment.SetEnvironmentVariable(Variable, null);
        // Told to another process, which this one inherited the variable from: its descriptors have other meanings here.
        if (told.FirstOrDefault() != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return;
        }
        foreach (var one in told.Skip(1))
        {
            if (one.Split('=') is [var number, var name] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor)
                && descriptor > 2 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0)
            {
                s_all[Encoding.Unicode.GetString(Convert.FromHexString(name))] = descriptor;
            }
        }
    }

    /// <summary>What the variable says to the program that this process runs next.</summary>
    public static string Tell(IEnumerable<(string What, int Descriptor)> all) =>
        string.Join(' ', all.Select(static one => $"{one.Descriptor}={Convert.ToHexString(Encoding.Unicode.GetBytes(one.What))}").Prepend($"{Environment.ProcessId}"));

    /// <summary>It was opened as root, and may have been taken since: what this user may do there does not matter.</summary>
    public static bool Has(string what)
    {
        lock (s_gate)
        {
            return s_all.ContainsKey(what);
        }
    }

    /// <summary>The descriptor, which is the caller's from now on; -1: nothing was opened for that.</summary>
    public static int Take(string what)
    {
        lock (s_gate)
        {
            var descriptor = s_all.GetValueOrDefault(what, -1);
            if (descriptor >= 0)
            {
                s_all[what] = -1;
            }
            return descriptor;
        }
    }

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, nint argument);
}
