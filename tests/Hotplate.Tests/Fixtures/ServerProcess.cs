using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Hotplate.Tests.Fixtures;

/// <summary>A running <c>hotplate serve</c>, with all it says.</summary>
/// <remarks>Disposing kills what is left of it. A test that cares how it ends calls <see cref="StopAsync"/>.</remarks>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;

    private const string Listening = "Listening at: ";
    private readonly Process process;
    private readonly Mark mark;
    private readonly Task streams;

    private ServerProcess(Process process, Mark mark)
    {
        this.process = process;
        this.mark = mark;
        Pid = process.Id;
        streams = Task.WhenAll(Output.ReadAsync(process.StandardOutput), Errors.ReadAsync(process.StandardError));
    }

    public int Pid { get; }

    public LineLog Output { get; } = new("stdout");

    public LineLog Errors { get; } = new("stderr");

    public bool IsRunning => !process.HasExited;

    /// <summary>Where it said that it listens, in the order of its lines.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>The zygote, the front's only child.</summary>
    public int Zygote => Assert.Single(ProcessTable.ChildrenOf(Pid));

    public IReadOnlyList<int> Workers => [.. ProcessTable.ChildrenOf(Zygote).Where(static pid => !IsTemplate(pid))];

    /// <summary>The process that workers are forked from, with --preload.</summary>
    public int Template => Assert.Single(ProcessTable.ChildrenOf(Zygote), IsTemplate);

    /// <summary>Starts one of tests/apps, or another target, with one worker on a free port, and waits until it listens.</summary>
    public static Task<ServerProcess> StartAsync(string app, params string[] flags) => new ServerCommand(app) { Flags = flags }.StartAsync();

    /// <summary>Starts a program and does not wait.</summary>
    public static ServerProcess Launch(string program, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string> environment)
    {
        var own = new Mark();
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the developer's shell holds must not change what is tested.
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment[Mark.Name] = own.Value;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return new ServerProcess(Process.Start(start)!, own);
    }

    /// <summary>Waits for so many lines that say where it listens.</summary>
    public async Task ListeningAsync(int binds = 1)
    {
        var lines = await Errors.WaitForAsync(line => line.Contains(Listening, StringComparison.Ordinal), binds, $"{binds} × \"{Listening}\"");
        Addresses = [.. lines.Select(line => line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split(' ')[0])];
    }

    /// <summary>Waits until so many workers serve and no others are there, as the control socket says.</summary>
    public Task ServedByAsync(int workers, string control) => Patience.UntilAsync(
        async () =>
        {
            using var http = ControlConnection.To(control);
            using var status = JsonDocument.Parse(await http.GetStringAsync("/v1/status"));
            var states = status.RootElement.GetProperty("generations")[0].GetProperty("workers").EnumerateArray().Select(static worker => worker.GetProperty("state").GetString()).ToList();
            return states.Count == workers && states.TrueForAll(static state => state == "ready");
        },
        $"{workers} workers serve");

    public EndPoint EndPoint(int bind = 0) =>
        Addresses[bind].StartsWith("unix:", StringComparison.Ordinal)
            ? new UnixDomainSocketEndPoint(Addresses[bind]["unix:".Length..].Replace('@', '\0'))
            : IPEndPoint.Parse(new Uri(Addresses[bind]).Authority);

    public Task<RawClient> ConnectAsync(int bind = 0) => RawClient.ConnectAsync(EndPoint(bind));

    /// <summary>One request on a connection of its own.</summary>
    public Task<RawResponse> GetAsync(string path, params string[] fields) => SendAsync("GET", path, null, fields);

    /// <summary>One request on a connection of its own, its body with Content-Length.</summary>
    public async Task<RawResponse> SendAsync(string method, string path, byte[]? body = null, params string[] fields)
    {
        using var client = await ConnectAsync();
        var length = body is null ? Array.Empty<string>() : [$"Content-Length: {body.Length}"];
        await client.RequestAsync(method, path, [.. fields, .. length, "Connection: close"], body);
        return await client.ReadAsync(method);
    }

    public void Signal(int signal, int? pid = null) => Assert.Equal(0, kill(pid ?? Pid, signal));

    /// <summary>Waits until it has ended by itself and all it said is read.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience.Limit);
            await process.WaitForExitAsync(limit.Token);
            await streams.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the server never ended. Processes:\n{mark.Describe()}\nstderr:\n{Errors.Text}");
        }
        return process.ExitCode;
    }

    /// <summary>Waits until nothing of it runs any more.</summary>
    public Task NothingLeftAsync() => mark.NothingLeftAsync();

    /// <summary>Asks it to end by TERM, and sees that it ends well.</summary>
    public async Task StopAsync()
    {
        Signal(SIGTERM);
        var code = await ExitAsync();
        Assert.True(code == 0, $"the server ended with {code}. stderr:\n{Errors.Text}");
        await NothingLeftAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
        mark.KillAll();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }

    private static bool IsTemplate(int pid) => ProcessTable.Read(pid, "comm").AsSpan().StartsWith("hotplate-templ"u8);

    private static bool IsForeign(string name) =>
        name is "PORT" or "WEB_CONCURRENCY" or "FORWARDED_ALLOW_IPS" or "VIRTUAL_ENV" or "FLASK_APP" or "SCRIPT_NAME" or "DJANGO_SETTINGS_MODULE" or "LEDGER" or "HOLDS" or "RAISES" or "HOOKS_LOG" or "HOOK_FAILS"
        || name.StartsWith("HOTPLATE_", StringComparison.Ordinal)
        || name.StartsWith("PYTHON", StringComparison.Ordinal);

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
