using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate;

/// <summary>From root to --user: what only root can open is opened, and then the same program begins anew as that user, who is all that there is from then on.</summary>
/// <remarks>
/// What that user can open itself it opens itself, then and later: root writes nowhere that the user could lead it astray. docs/privileges.md tells what is
/// opened here, and whose it is.
/// </remarks>
internal sealed partial class RootDescent
{
    private const int F_DUPFD = 0;
    private const int FirstFree = 20;
    private const int O_PATH = 0x200000;
    private readonly ServerSettings settings;
    private readonly Identity who;
    private readonly List<(string What, int Descriptor)> opened = [];

    private RootDescent(ServerSettings settings, Identity who) => (this.settings, this.who) = (settings, who);

    /// <summary>Root runs this, and is to be somebody else.</summary>
    internal static bool IsToCome(ServerSettings settings) => Accounts.Me == 0 && settings.App.RunAs is { IsToCome: true };

    /// <summary>Does not return when it goes well.</summary>
    /// <exception cref="IOException">Something cannot be opened, or the kernel refuses the change. The message is for the user.</exception>
    internal static void Begin(ServerSettings settings)
    {
        var descent = new RootDescent(settings, settings.App.RunAs!);
        try
        {
            if (settings.Umask is { } bits)
            {
                _ = Libc.umask(bits);
            }
            descent.Open();
            descent.Execute();
        }
        catch (Exception error) when (error is ListenException or ControlException)
        {
            throw new IOException(error.Message, error);
        }
        catch (Win32Exception error)
        {
            throw new IOException(
                $"HP131  --user {descent.who.Name}: root may not become that here: {error.Message}. In a container it needs the capabilities SETUID and SETGID "
                    + "(--cap-add SETUID --cap-add SETGID); better, let the container begin as that user: USER in the Dockerfile, or --user.", error);
        }
    }

    private void Open()
    {
        foreach (var bind in settings.Binds)
        {
            if (bind.EndPoint is { } place)
            {
                Keep(HandedDescriptors.OfBind(place.ToString()), Listeners.BindTo(place));
            }
            else if (bind is { UnixPath: { } path, IsAbstract: false } && IsForRoot("--bind unix:", path))
            {
                Keep(HandedDescriptors.OfBind("unix:" + path), UnixListener.Bind(path, bind.UnixMode));
                Give(path);
            }
        }
        if (settings.Control.Metrics is { } metrics)
        {
            Keep(HandedDescriptors.OfMetrics(metrics.ToString()), MetricsServer.BindTo(metrics));
        }
        foreach (var (flag, path) in new[] { ("--error-logfile ", settings.Log.ErrorLogFile), ("--access-logfile ", settings.Log.AccessLogFile) })
        {
            if (path is not (null or "-") && opened.TrueForAll(one => one.What != HandedDescriptors.OfLog(path)) && IsForRoot(flag, path, isLog: true))
            {
                OpenLog(flag, path);
            }
        }
        if (settings.Control.PidFile is { } pid && IsForRoot("--pid ", pid))
        {
            Keep(HandedDescriptors.OfPid(pid), PidFile.Write(pid).Handle);
            GiveOpen(opened[^1].Descriptor);
        }
        if (settings.Control.Socket is { } control and not ControlSettings.Auto && IsForRoot("--control ", control))
        {
            Keep(HandedDescriptors.OfControl(control), ControlSocketFile.Create(control).Listener);
            Give(control);
        }
    }

    /// <summary>False: that user can make it itself. True: it cannot, and cannot have put there what root would then follow.</summary>
    /// <exception cref="IOException">It cannot, but it could lead root astray.</exception>
    private bool IsForRoot(string flag, string path, bool isLog = false)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Credentials.As(who, () => isLog ? Reach.IsWritable(path) : Reach.MayMakeIn(folder)))
        {
            return false;
        }
        var above = Above(folder).Concat(Above(Resolved(folder))).Where(static one => !IsSticky(one)).ToList();
        var theirs = Credentials.As(who, () => above.Find(Reach.MayMakeIn));
        return theirs is null
            ? true
            : throw new IOException($"HP133  {flag}{path}: {who.Name} may not write there, but may change {theirs}, which lies above it; so root does not open it for {who.Name}. "
                + $"Let {who.Name} write there, or name a place in folders that are root's alone.");
    }

    private static IEnumerable<string> Above(string? folder)
    {
        for (; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    /// <summary>Where it lies, whatever links lead there.</summary>
    private static string Resolved(string folder)
    {
        using var open = new SafeFileHandle(Libc.open(folder, O_PATH | Libc.O_CLOEXEC, 0), ownsHandle: true);
        return open.IsInvalid ? folder : new FileInfo($"/proc/self/fd/{open.DangerousGetHandle()}").LinkTarget ?? folder;
    }

    // /tmp: who may make files there may not replace those of others.
    private static bool IsSticky(string folder) => (File.GetUnixFileMode(folder) & UnixFileMode.StickyBit) != UnixFileMode.None;

    private void OpenLog(string flag, string path)
    {
        var descriptor = AppendedFile.Open(path, follow: false);
        if (descriptor < 0)
        {
            throw new IOException($"HP307  {flag}{path}: cannot be opened: {new Win32Exception().Message}. Name another file, and no link.");
        }
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.IsRegularFile(descriptor))
        {
            // So that it can be opened anew at USR1.
            GiveOpen(descriptor);
        }
        Keep(HandedDescriptors.OfLog(path), handle);
    }

    private void Keep(string what, SafeHandle handle)
    {
        var copy = Libc.fcntl((int)handle.DangerousGetHandle(), F_DUPFD, FirstFree);
        if (copy < 0)
        {
            throw new IOException("HP604  there are no descriptors left: raise the limit (ulimit -n).");
        }
        opened.Add((what, copy));
    }

    private void Keep(string what, Socket socket) => Keep(what, socket.SafeHandle);

    private void Give(string path)
    {
        if (lchown(path, who.User, who.Group) != 0)
        {
            throw new IOException($"HP133  {path}: it cannot be given to {who.Name}: {new Win32Exception().Message}.");
        }
    }

    private void GiveOpen(int descriptor) => _ = fchown(descriptor, who.User, who.Group);

    private void Execute()
    {
        var replaced = who.Variables.Select(static one => one.Name).Append(HandedDescriptors.Variable).ToHashSet(StringComparer.Ordinal);
        if (who.User != 0)
        {
            // root's, and closed to everybody else.
            replaced.Add("XDG_RUNTIME_DIR");
        }
        var environment = new List<byte>();
        foreach (var (name, value) in OsText.Variables().Select(static pair => (pair.Key, pair.Value)).Where(pair => !replaced.Contains(pair.Key))
            .Concat(who.Variables).Append((HandedDescriptors.Variable, HandedDescriptors.Tell(opened))))
        {
            environment.AddRange(OsText.Encode($"{name}={value}"));
            environment.Add(0);
        }
        KeepPassed();
        Credentials.Execute(who, Environment.ProcessPath ?? "/proc/self/exe", File.ReadAllBytes("/proc/self/cmdline"), [.. environment]);
    }

    /// <summary>Sockets that systemd has passed (sd_listen_fds(3)) are for the program that begins now.</summary>
    private static void KeepPassed()
    {
        var variables = OsText.Variables();
        if (variables.GetValueOrDefault("LISTEN_PID") == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)
            && int.TryParse(variables.GetValueOrDefault("LISTEN_FDS"), out var count))
        {
            for (var descriptor = 3; descriptor < 3 + Math.Min(count, 1024); descriptor++)
            {
                _ = Libc.fcntl(descriptor, 2 /* F_SETFD */, 0);
            }
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint user, uint group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(int descriptor, uint user, uint group);
}
