using System.Runtime.InteropServices;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>An environment variable by which every process that a server started is found again, also when its parent is gone.</summary>
internal sealed class Mark
{
    public const string Name = "SERVER_UNDER_TEST";
    private const int SIGKILL = 9;

    public string Value { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The ids of all living processes that carry the mark. Zombies do not count.</summary>
    public IReadOnlyList<int> Processes()
    {
        var sought = Encoding.ASCII.GetBytes($"{Name}={Value}");
        return [.. ProcessTable.All().Where(pid => ProcessTable.Read(pid, "environ").AsSpan().IndexOf(sought) >= 0)];
    }

    public string Describe() =>
        string.Join('\n', Processes().Select(pid => $"{pid}: {Encoding.UTF8.GetString(ProcessTable.Read(pid, "cmdline")).Replace('\0', ' ')}"));

    /// <summary>Waits until no process carries the mark.</summary>
    public Task NothingLeftAsync() => Patience.UntilAsync(() => Processes().Count == 0, $"nothing left running; there are:\n{Describe()}");

    public void KillAll()
    {
        // Whoever is killed may just have started another.
        while (Processes() is { Count: > 0 } left)
        {
            foreach (var pid in left)
            {
                _ = kill(pid, SIGKILL);
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
