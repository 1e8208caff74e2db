using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary><c>hotplate check</c> finds what <c>serve</c> would, and disturbs nobody.</summary>
public sealed class CheckTests
{
    [Fact]
    public async Task What_is_sound_has_no_problems()
    {
        var (code, said) = await CheckAsync("hello", []);
        Assert.Equal(0, code);
        Assert.StartsWith("No problems. app:app in ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop.wsgi", 0, "No problems. ")]
    [InlineData("./shop", 0, "No problems. ")]
    [InlineData("shop.wsgi:appp", 4, "Did you mean 'app'?")]
    [InlineData("./shop.png", 4, "HP200")]
    [InlineData("shop", 4, "Did you mean the file ./shop?")]
    public async Task A_script_is_looked_at_as_a_module_is(string target, int exit, string words)
    {
        using var folder = new TemporaryFolder();
        folder.Write("shop.wsgi", "def app(environ, start_response): pass\n");
        folder.Write("shop", "def application(environ, start_response): pass\n");
        folder.Write("shop.png", "\0\0\0");
        var (code, said) = await CheckAsync("", [], target, folder.Path);
        Assert.Contains(words, said, StringComparison.Ordinal);
        Assert.Equal(exit, code);
    }

    [Theory]
    [InlineData("logging.py")]
    [InlineData("signal.pages:app")]
    [InlineData("time.py:app")]
    [InlineData("plain/logging.py")]
    public async Task A_file_may_be_called_like_a_module_of_Pythons(string target)
    {
        using var folder = new TemporaryFolder();
        TargetTests.WriteNamesakes(folder);
        var (code, said) = await CheckAsync("", [], target, folder.Path);
        Assert.StartsWith("No problems. ", said, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("hello", "nowhere:app", "HP201")]
    [InlineData("hello", "app.app", "Did you mean app:app?")]
    [InlineData("wrong_attribute", "app:appp", "HP202")]
    [InlineData("raises_at_import", "app:app", "HP204")]
    [InlineData("import_error", "app:app", "HP201")]
    [InlineData("syntax_error", "app:app", "HP200")]
    public async Task What_does_not_load_is_found(string app, string target, string words)
    {
        var (code, said) = await CheckAsync(app, [], target);
        Assert.Equal(4, code);
        Assert.Contains(words, said, StringComparison.Ordinal);
        Assert.EndsWith("1 problem.\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import os; os._exit(7)", "HP505", "exit 7", "60")]
    [InlineData("import time; time.sleep(600)", "HP504", "was not imported within 1s", "1")]
    [InlineData("while True: pass", "HP504", "was not imported within 1s", "1")]
    public async Task An_import_that_does_not_come_back_is_found(string code, string error, string words, string limit)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", code);
        var (exit, said) = await CheckAsync("", ["--start-timeout", limit], directory: folder.Path);
        Assert.Equal(3, exit);
        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.Contains(words, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gunicorn.conf.py", "post_fork(server, worker)", "so the worker does not start. ")]
    [InlineData("gunicorn.conf.py", "post_worker_init(worker)", "so the worker does not start. ")]
    [InlineData("gunicorn.conf.py", "worker_exit(server, worker)", "")]
    [InlineData("gunicorn.conf.py", "child_exit(server, worker)", "")]
    [InlineData("app.py", "post_fork(server, worker)", "so the worker does not start. ")]
    [InlineData("app.py", "post_worker_init(worker)", "so the worker does not start. ")]
    [InlineData("app.py", "worker_exit(server, worker)", "")]
    public async Task A_hook_that_raises_is_found_with_its_place_and_traceback(string file, string hook, string words)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "def app(environ, start_response): pass\n");
        var name = hook.Split('(')[0];
        File.AppendAllText(folder.File(file), $"\ndef {hook}:\n    print('called', worker.age)\n    raise KeyError('no hook for this plate')\n");
        foreach (var preload in new[] { "off", "on" })
        {
            var (code, said) = await CheckAsync("", ["--preload", preload, "-w", "3"], directory: folder.Path);
            Assert.Contains($"HP212  the hook {name} in {folder.File(file)} raised KeyError{(words.Length > 0 ? ", " : ". ")}{words}It is called as {hook}.", said, StringComparison.Ordinal);
            Assert.Contains($"Traceback (most recent call last):\n  File \"{folder.File(file)}\", line ", said, StringComparison.Ordinal);
            Assert.Contains("KeyError: 'no hook for this plate'", said, StringComparison.Ordinal);
            Assert.EndsWith("1 problem.\n", said, StringComparison.Ordinal);
            Assert.Equal(3, code);
        }
    }

    [Theory]
    [InlineData("raise SystemExit(0)", "HP212", "raised SystemExit")]
    [InlineData("os._exit(0)", "HP505", "(exit 0)")]
    [InlineData("time.sleep(600)", "HP504", "hooks included")]
    public async Task A_hook_that_ends_the_process_or_never_ends_is_found(string code, string error, string words)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", $"import os, time\ndef app(environ, start_response): pass\ndef post_worker_init(worker): {code}\n");
        var (exit, said) = await CheckAsync("", ["--start-timeout", "3"], directory: folder.Path);
        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.Contains(words, said, StringComparison.Ordinal);
        Assert.Equal(3, exit);
    }

    [Fact]
    public async Task Hooks_run_as_in_a_worker_that_serves_nothing()
    {
        using var folder = new TemporaryFolder();
        folder.Write("gunicorn.conf.py", """
            told = []
            def post_fork(server, worker): told.append(f"fork {server.num_workers} {worker.age}")
            def post_worker_init(worker): told.append(f"init {worker.wsgi.__name__}")
            def worker_exit(server, worker): told.append("exit")
            def child_exit(server, worker): open("heard", "w").write("; ".join(told))
            """);
        folder.Write("app.py", """
            import __config__
            __config__.told.append("import")
            def post_fork(server, worker): __config__.told.append("module fork")
            def child_exit(server, worker): raise RuntimeError("not in a module")
            def app(environ, start_response): pass
            """);
        foreach (var (preload, begin) in new[] { ("off", "fork 3 1; import"), ("on", "import; fork 3 1") })
        {
            var (code, said) = await CheckAsync("", ["--preload", preload, "-w", "3"], directory: folder.Path);
            Assert.True(code == 0, said);
            Assert.Equal($"{begin}; module fork; init app; exit", File.ReadAllText(folder.File("heard")));
        }
    }

    [Fact]
    public async Task What_eventlet_patched_is_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("eventlet/__init__.py");
        folder.Write("eventlet/patcher.py", "def is_monkey_patched(module): return module == 'socket'\n");
        folder.Write("app.py", "import eventlet.patcher\ndef app(environ, start_response): pass\n");
        var (code, said) = await CheckAsync("", [], directory: folder.Path);
        Assert.Equal(4, code);
        Assert.Contains("HP216  the application calls eventlet.monkey_patch()", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_of_another_program_is_found_with_its_owner()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (code, said) = await CheckAsync("hello", ["-b", $"{listener.LocalEndpoint}"]);
        Assert.Equal(1, code);
        Assert.Contains($"HP301  {listener.LocalEndpoint}: the port is in use by ", said, StringComparison.Ordinal);
        Assert.Contains($"(process {Environment.ProcessId})", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_ours_is_named_with_what_it_serves_and_serves_on()
    {
        using var folder = new TemporaryFolder();
        var (pid, control, socket) = (folder.File("pid"), folder.File("control"), folder.File("socket"));
        string[] flags = ["--pid", pid, "--control", control, "-b", $"unix:{socket}", "-b", "127.0.0.1:0"];
        await using var server = await new ServerCommand("hello") { Flags = flags, Binds = 2 }.StartAsync();
        var port = new Uri(server.Addresses[1]).Port;
        var before = File.ReadAllText(pid);
        var (code, said) = await CheckAsync("hello", ["--pid", pid, "--control", control, "-b", $"unix:{socket}", "-b", $"127.0.0.1:{port}", "--metrics", $"127.0.0.1:{port}"]);
        Assert.Equal(1, code);
        Assert.Contains($"HP301  127.0.0.1:{port}: the port is in use by Hotplate, which serves app:app in {ServerCommand.FolderOf("hello")} (process {server.Pid})", said, StringComparison.Ordinal);
        Assert.All(["HP305  ", "HP402  ", "HP403  ", "HP408  "], error => Assert.Contains(error, said, StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllText(pid));
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        using var client = await server.ConnectAsync(1);
        await client.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await client.ReadAsync()).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task What_this_user_may_not_do_is_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("closed/x");
        File.SetUnixFileMode(folder.File("closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string[] flags = ["--access-logfile", folder.File("closed/log")];
        string[] later = ["-b", $"unix:{folder.File("closed/socket")}", "-b", "127.0.0.1:1", "--pid", folder.File("closed/pid"), "--control", folder.File("closed/control")];
        var (code, said) = await CheckAsync("hello", flags, unprivileged: true);
        Assert.Equal(1, code);
        Assert.Contains($"HP118  --access-logfile {folder.File("closed/log")}: this user", said, StringComparison.Ordinal);
        (code, said) = await CheckAsync("hello", later, unprivileged: true);
        Assert.Equal(1, code);
        Assert.All(["HP302  unix:", "HP302  127.0.0.1:1:", "HP403  --pid ", "HP401  --control "], error => Assert.Contains(error, said, StringComparison.Ordinal));
        Assert.Equal([folder.File("closed/x")], Directory.EnumerateFiles(folder.File("closed")));
        File.SetUnixFileMode(folder.File("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Modules_that_are_called_like_Pythons_are_the_applications_own()
    {
        using var folder = new TemporaryFolder();
        folder.Write("gunicorn.conf.py", "workers = 3\n");
        folder.Write("app.py", "import platform, queue\nassert platform.mine and queue.mine\ndef app(environ, start_response): pass\n");
        foreach (var name in new[] { "platform", "queue", "logging", "traceback", "signal", "faulthandler" })
        {
            folder.Write(name + ".py", name is "platform" or "queue" ? "mine = True\n" : "raise RuntimeError('not Python\'s')\n");
        }
        var (code, said) = await CheckAsync("", [], directory: folder.Path);
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task It_makes_no_file_and_leaves_no_process()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\ndef app(environ, start_response): pass\n");
        var (code, _) = await CheckAsync("", ["-b", $"unix:{folder.File("socket")}", "--pid", folder.File("pid"), "--access-logfile", folder.File("log")], directory: folder.Path);
        Assert.Equal(0, code);
        Assert.Equal([folder.File("app.py")], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task It_tells_programs_in_JSON()
    {
        var (code, said) = await CheckAsync("raises_at_import", ["--json", "-k", "gthread"]);
        var root = JsonDocument.Parse(said).RootElement;
        Assert.Equal((4, false, "app:app"), (code, root.GetProperty("ok").GetBoolean(), root.GetProperty("target").GetString()));
        var problem = Assert.Single(root.GetProperty("problems").EnumerateArray());
        Assert.Equal("HP204", problem.GetProperty("code").GetString());
        Assert.Contains("Traceback", problem.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("-k gthread: ", Assert.Single(root.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
        (code, said) = await CheckAsync("hello", ["--json", "-w", "none"]);
        Assert.Equal((2, "HP105"), (code, Assert.Single(JsonDocument.Parse(said).RootElement.GetProperty("problems").EnumerateArray()).GetProperty("code").GetString()));
        (code, said) = await CheckAsync("hello", ["--json"]);
        root = JsonDocument.Parse(said).RootElement;
        Assert.Equal((0, true, 0), (code, root.GetProperty("ok").GetBoolean(), root.GetProperty("problems").GetArrayLength()));
        Assert.Matches(@"^3\.\d+\.\d+$", root.GetProperty("python").GetString());
    }

    private static async Task<(int Code, string Said)> CheckAsync(string app, string[] flags, string target = "app:app", string? directory = null, bool unprivileged = false)
    {
        var front = await BuiltFront.PathAsync();
        // root may do everything, unless it gives that up.
        string[] program = unprivileged && Environment.IsPrivilegedProcess
            ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-net_bind_service", front]
            : [front];
        string[] place = flags.Contains("-b") ? [] : ["-b", "127.0.0.1:0"];
        await using var check = ServerProcess.Launch(
            program[0], [.. program[1..], "check", target, .. flags, .. place, "--python", Pythons.Usual], directory ?? ServerCommand.FolderOf(app), new Dictionary<string, string>());
        var code = await check.ExitAsync();
        await check.NothingLeftAsync();
        return (code, check.Output.Text + "\n");
    }
}
