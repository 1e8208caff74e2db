using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>Alone: root finds the servers of other users too, which tests of "no server runs" do not expect.</summary>
[CollectionDefinition("privileges", DisableParallelization = true)]
public sealed class PrivilegesCollection;

/// <summary>Root starts it and --user names somebody else: what only root can open is opened, and then no process of it is root or can become so.</summary>
[Collection("privileges")]
public sealed class PrivilegesTests : IAsyncLifetime
{
    private const string User = "nobody";
    private const string App = """
        import json, os

        def app(environ, start_response):
            start_response("200 OK", [])
            path = environ["PATH_INFO"]
            if path == "/root":
                said = {}
                for name, call in (("setuid", lambda: os.setuid(0)), ("setresuid", lambda: os.setresuid(0, 0, 0)), ("setgid", lambda: os.setgid(0)),
                                   ("setgroups", lambda: os.setgroups([0])), ("shadow", lambda: open("/etc/shadow")), ("chroot", lambda: os.chroot("/"))):
                    try:
                        call()
                        said[name] = "done"
                    except OSError as error:
                        said[name] = type(error).__name__
                return [json.dumps(said).encode()]
            if path == "/who":
                return [json.dumps({"ids": os.getresuid() + os.getresgid(), "groups": os.getgroups(), **{name: os.environ.get(name) for name in (
                    "HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "HOTPLATE_OPENED_AS_ROOT")}, "umask": int(open("/proc/self/status").read().split("Umask:")[1].split()[0], 8)}).encode()]
            return [b"%d" % os.getpid()]

        """;

    private readonly TemporaryFolder folder = new();
    private uint user;
    private uint group;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become somebody else");
        folder.Write("app/app.py", App);
        folder.Write("app/theirs/x");
        folder.Write("roots/x");
        foreach (var open in new[] { folder.Path, folder.File("app"), folder.File("roots") })
        {
            File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
        }
        var front = await BuiltFront.PathAsync();
        user = uint.Parse(await FinishedProgram.OutputOfAsync("id", "-u", User), CultureInfo.InvariantCulture);
        group = uint.Parse(await FinishedProgram.OutputOfAsync("id", "-g", User), CultureInfo.InvariantCulture);
        await FinishedProgram.OutputOfAsync("chown", User, folder.File("app/theirs"));
        var may = await FinishedProgram.RunAsync("setpriv", "--reuid", User, "--regid", $"{group}", "--clear-groups", "sh", "-c", $"test -x '{front}' && test -x '{Pythons.Usual}' && test -r '{House.Repository.Root}/python/hotplate_worker/boot.py'");
        Assert.SkipUnless(may.ExitCode == 0, $"{User} may not read {House.Repository.Root}, {front} or {Pythons.Usual}");
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task No_process_and_no_thread_of_it_is_root_or_can_become_so(string preload)
    {
        await using var server = await StartAsync("--user", User, "--preload", preload, "-b", $"127.0.0.1:{LowPort()}");
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        int[] all = [server.Pid, server.Zygote, .. server.Workers, .. preload == "on" ? [server.Template] : Array.Empty<int>()];
        foreach (var (pid, task) in all.SelectMany(static pid => Directory.GetDirectories($"/proc/{pid}/task").Select(task => (pid, task))))
        {
            var status = File.ReadAllLines($"{task}/status").Select(static line => line.Split(':', 2)).ToDictionary(static pair => pair[0], static pair => pair[1].Trim(), StringComparer.Ordinal);
            Assert.Equal($"{user}\t{user}\t{user}\t{user}", status["Uid"]);
            Assert.Equal($"{group}\t{group}\t{group}\t{group}", status["Gid"]);
            Assert.Equal($"{group}", status["Groups"]);
            Assert.All(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], name => Assert.True(status[name].All(static digit => digit == '0'), $"{pid} {task} {name}: {status[name]}"));
            Assert.Equal("1", status["NoNewPrivs"]);
        }
        await server.StopAsync();
    }

    [Fact]
    public async Task The_application_cannot_become_root_and_knows_who_it_is()
    {
        await using var server = await StartAsync(new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = folder.File("roots"), ["HOME"] = "/root" }, "-u", User, "-m", "027");
        var tried = (await server.GetAsync("/root")).Json;
        Assert.All(tried.EnumerateObject(), one => Assert.Equal("PermissionError", one.Value.GetString()));
        var who = (await server.GetAsync("/who")).Json;
        var home = (await FinishedProgram.OutputOfAsync("getent", "passwd", User)).Split(':')[5];
        Assert.Equal((home, User, User), (who.GetProperty("HOME").GetString(), who.GetProperty("USER").GetString(), who.GetProperty("LOGNAME").GetString()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (who.GetProperty("XDG_RUNTIME_DIR").ValueKind, who.GetProperty("HOTPLATE_OPENED_AS_ROOT").ValueKind));
        Assert.Equal(0b010_111, who.GetProperty("umask").GetInt32());
        Assert.DoesNotContain("HP132", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_group_may_be_chosen_and_numbers_do()
    {
        await using var server = await StartAsync("--user", $"{user}", "--group", "daemon");
        var daemon = int.Parse(await FinishedProgram.OutputOfAsync("getent", "group", "daemon") is var line ? line.Split(':')[2] : "", CultureInfo.InvariantCulture);
        var ids = (await server.GetAsync("/who")).Json.GetProperty("ids").EnumerateArray().Select(static one => one.GetInt64());
        Assert.Equal([user, user, user, daemon, daemon, daemon], ids);
    }

    [Fact]
    public async Task What_lies_in_folders_of_roots_is_opened_before_and_belongs_to_the_user()
    {
        var (log, access, pid, control, socket) = (folder.File("roots/error.log"), folder.File("roots/access.log"), folder.File("roots/pid"), folder.File("roots/control"), folder.File("roots/socket"));
        string[] flags = ["--user", User, "--error-logfile", log, "--access-logfile", access, "--pid", pid, "--control", control, "-b", $"unix:{socket}?mode=660"];
        await using var server = await LogsToFileAsync(log, socket, flags);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        Assert.Equal($"{server.Pid}\n", File.ReadAllText(pid));
        foreach (var path in new[] { log, access, pid, control, socket })
        {
            Assert.Equal($"{user} {group}\n", await FinishedProgram.OutputOfAsync("stat", "-c", "%u %g", path));
        }
        Assert.Equal("660\n", await FinishedProgram.OutputOfAsync("stat", "-c", "%a", socket));
        var front = await BuiltFront.PathAsync();
        Assert.Contains("app:app", await FinishedProgram.OutputOfAsync(front, "status", "--control", control), StringComparison.Ordinal);
        await FinishedProgram.OutputOfAsync(front, "reload", "--pid", pid);

        // As logrotate does with "create": the new file is the user's.
        File.Move(access, access + ".1");
        await FinishedProgram.OutputOfAsync("install", "-m", "640", "-o", User, "/dev/null", access);
        server.Signal(10 /* USR1 */);
        await WaitAsync(() => File.ReadAllText(log).Contains("the log files are opened anew", StringComparison.Ordinal));
        Assert.Equal(200, (await server.GetAsync("/anew")).Status);
        await WaitAsync(() => File.ReadAllText(access).Contains("/anew", StringComparison.Ordinal));
        await server.StopAsync();
        // It cannot be removed from there.
        Assert.Equal("", File.ReadAllText(pid));
        File.WriteAllText(log, "");
        await using var again = await LogsToFileAsync(log, socket, flags);
        Assert.Equal(200, (await again.GetAsync("/")).Status);
        await again.StopAsync();
    }

    [Fact]
    public async Task What_lies_where_the_user_may_write_it_makes_itself_and_takes_away()
    {
        var (log, pid, socket) = (folder.File("app/theirs/log"), folder.File("app/theirs/pid"), folder.File("app/theirs/socket"));
        await using var server = await LogsToFileAsync(log, socket, "--user", User, "--error-logfile", log, "--pid", pid, "-b", $"unix:{socket}");
        Assert.Equal($"{user}\n", await FinishedProgram.OutputOfAsync("stat", "-c", "%u", socket));
        File.Move(log, log + ".1");
        server.Signal(10 /* USR1 */);
        await WaitAsync(() => File.Exists(log) && File.ReadAllText(log).Contains("the log files are opened anew", StringComparison.Ordinal));
        await server.StopAsync();
        Assert.False(File.Exists(pid) || File.Exists(socket));
    }

    [Fact]
    public async Task Workers_are_replaced_and_code_is_loaded_anew_by_who_is_not_root_any_more()
    {
        await using var server = await StartAsync("--user", User);
        var first = (await server.GetAsync("/")).Text;
        server.Signal(ServerProcess.SIGKILL, int.Parse(first, CultureInfo.InvariantCulture));
        await WaitAsync(async () => (await server.GetAsync("/")) is { Status: 200 } answer && answer.Text != first);
        folder.Write("app/app.py", App + "\ndef app(environ, start_response):\n    import os\n    start_response('200 OK', [])\n    return [b'anew %d' % os.getuid()]\n");
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync(static line => line.Contains("generation 2 serves", StringComparison.Ordinal), 1, "the reload");
        Assert.Equal($"anew {user}", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_configuration_of_gunicorn_may_name_them_and_is_run_as_a_user_that_is_known()
    {
        folder.Write("app/gunicorn.conf.py", "import os\nuser = 'nobody'\ngroup = 'daemon'\numask = 0o077\nraw_env = [f'WHO={os.getuid()}']\n");
        await using var server = await StartAsync();
        var who = (await server.GetAsync("/who")).Json;
        Assert.Equal((user, 63), (who.GetProperty("ids")[0].GetUInt32(), who.GetProperty("umask").GetInt32()));

        folder.Write("app/gunicorn.conf.py", "import os\nopen('theirs/ran', 'a').write(f'{os.getuid()} ')\n");
        await using var other = await StartAsync("--user", User);
        Assert.Equal([$"{user}"], File.ReadAllText(folder.File("app/theirs/ran")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct());
    }

    [Fact]
    public async Task Check_imports_the_application_as_that_user()
    {
        folder.Write("app/app.py", App + "\nopen('theirs/ran', 'w').write(str(os.getresuid()))\n");
        var check = await RunAsync("check", [], "--user", User);
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
        Assert.Equal($"({user}, {user}, {user})", File.ReadAllText(folder.File("app/theirs/ran")));
    }

    [Fact]
    public async Task Root_finds_a_server_that_runs_as_somebody_else()
    {
        var name = $"till-{Guid.NewGuid():N}";
        await using var server = await StartAsync(new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = folder.Path }, "--user", User, "--name", name, "--control", "auto");
        Assert.Contains(name, await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "status", "--name", name), StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task An_upgrade_keeps_the_port_and_the_user()
    {
        var (control, access) = (folder.File("app/theirs/control"), folder.File("roots/access.log"));
        var port = LowPort();
        await using var server = await StartAsync("--user", User, "-b", $"127.0.0.1:{port}", "--control", control, "--access-logfile", access);
        Assert.Equal(200, (await server.GetAsync("/one")).Status);
        await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "upgrade", "--control", control);
        await WaitAsync(() => !server.IsRunning);
        var who = (await server.GetAsync("/who")).Json;
        Assert.All(who.GetProperty("ids").EnumerateArray().Take(3), id => Assert.Equal(user, id.GetUInt32()));
        await WaitAsync(() => File.ReadAllText(access).Contains("/who", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_socket_that_systemd_has_passed_is_served()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-socket-activate"), "there is no systemd-socket-activate");
        var path = folder.File("roots/passed");
        await using var server = await (Command([], ["--user", User, "-b", "systemd:shop"]) with { Through = ["/usr/bin/systemd-socket-activate", "-l", path, "--fdname=shop"] }).LaunchAsync();
        await WaitAsync(() => File.Exists(path));
        using var client = await RawClient.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await client.RequestAsync("GET", "/who", []);
        Assert.Equal(user, (await client.ReadAsync()).Json.GetProperty("ids")[0].GetUInt32());
        await server.StopAsync();
    }

    [Theory]
    [InlineData("HP130  --user nobody-here: there is no user nobody-here", "--user", "nobody-here")]
    [InlineData("HP130  --user nobody --group none-here: there is no group none-here", "--user", User, "--group", "none-here")]
    [InlineData("HP130  --user 54321: user 54321 is in no list of users", "--user", "54321")]
    [InlineData("HP133  --error-logfile ", "--user", User, "--error-logfile", "theirs/roots/log")]
    public async Task What_cannot_be_is_told(string words, params string[] flags)
    {
        // The user could put a link there.
        folder.Write("app/theirs/roots/x");
        var serve = await RunAsync("serve", [], flags);
        Assert.Equal(1, serve.ExitCode);
        Assert.StartsWith(words, serve.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_not_followed_by_root()
    {
        folder.Write("roots/secret", "root's\n");
        File.CreateSymbolicLink(folder.File("roots/log"), folder.File("roots/secret"));
        var serve = await RunAsync("serve", [], "--user", User, "--error-logfile", folder.File("roots/log"));
        Assert.Equal(1, serve.ExitCode);
        Assert.StartsWith("HP307  --error-logfile ", serve.Errors, StringComparison.Ordinal);
        Assert.Equal("0 root's\n", await FinishedProgram.OutputOfAsync("stat", "-c", "%u", folder.File("roots/secret")) is "0\n" ? "0 " + File.ReadAllText(folder.File("roots/secret")) : "");
    }

    [Fact]
    public async Task Only_root_can_become_somebody_else()
    {
        var serve = await RunAsync("serve", ["setpriv", "--reuid", User, "--regid", $"{group}", "--clear-groups"], "--user", "daemon");
        Assert.Equal(1, serve.ExitCode);
        Assert.Contains($"HP131  --user daemon: only root can become somebody else, and {User} started this. Start it as root, or as who it is to be: User=daemon", serve.Errors, StringComparison.Ordinal);
        var config = await RunAsync("config", ["setpriv", "--reuid", User, "--regid", $"{group}", "--clear-groups"], "--user", User);
        Assert.True(config.ExitCode == 0, config.Errors);
        Assert.Matches($@"(?m)^user\s+{User}\s+flag --user$", config.Output);
    }

    [Fact]
    public async Task Root_that_may_not_is_told_what_it_needs()
    {
        var serve = await RunAsync("serve", ["setpriv", "--bounding-set", "-setuid,-setgid"], "--user", User);
        Assert.Equal(1, serve.ExitCode);
        Assert.StartsWith($"HP131  --user {User}: root may not become that here: ", serve.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_without_a_user_is_warned_unless_it_is_meant()
    {
        await using (var server = await StartAsync())
        {
            Assert.Contains("HP132  root runs this", server.Errors.Text, StringComparison.Ordinal);
        }
        await using var meant = await StartAsync("--user", "root");
        Assert.DoesNotContain("HP132", meant.Errors.Text, StringComparison.Ordinal);
        Assert.Equal(0, (await meant.GetAsync("/who")).Json.GetProperty("ids")[0].GetInt32());
        await using var grouped = await StartAsync("--group", "daemon");
        Assert.Equal([0, 0, 0, 1, 1, 1], (await grouped.GetAsync("/who")).Json.GetProperty("ids").EnumerateArray().Select(static one => Math.Min(one.GetInt32(), 1)));
    }

    private Task<ServerProcess> StartAsync(params string[] flags) => StartAsync(new Dictionary<string, string>(), flags);

    private Task<ServerProcess> StartAsync(Dictionary<string, string> environment, params string[] flags) => Command(environment, flags).StartAsync();

    private ServerCommand Command(Dictionary<string, string> environment, string[] flags) =>
        new("") { Directory = folder.File("app"), Flags = [.. flags, .. flags.Contains("--control") ? [] : new[] { "--control", "none" }], Environment = environment };

    /// <summary>Where it listens is in its log then, and not on stderr.</summary>
    private async Task<ServerProcess> LogsToFileAsync(string log, string socket, params string[] flags)
    {
        var server = await Command([], flags).LaunchAsync();
        server.Addresses = [$"unix:{socket}"];
        await WaitAsync(() => !server.IsRunning || (File.Exists(log) && File.ReadAllText(log).Contains("Ready: ", StringComparison.Ordinal)));
        Assert.True(server.IsRunning, server.Errors.Text);
        return server;
    }

    private async Task<FinishedProgram> RunAsync(string verb, string[] through, params string[] flags)
    {
        string[] words = [.. through, await BuiltFront.PathAsync(), verb, "app:app", .. flags, "-b", "127.0.0.1:0", "--python", Pythons.Usual];
        await using var ended = ServerProcess.Launch(words[0], words[1..], folder.File("app"), new Dictionary<string, string>());
        var code = await ended.ExitAsync();
        return new FinishedProgram(code, ended.Output.Text, ended.Errors.Text);
    }

    private static Task WaitAsync(Func<bool> there) => WaitAsync(() => Task.FromResult(there()));

    private static async Task WaitAsync(Func<Task<bool>> there)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (!await there())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static int LowPort()
    {
        for (var port = 700; ; port++)
        {
            try
            {
                using var free = new TcpListener(IPAddress.Loopback, port);
                free.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
