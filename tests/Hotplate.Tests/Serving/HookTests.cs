namespace Hotplate.Tests.Serving;

/// <summary>Hooks of gunicorn's names, in gunicorn.conf.py and in the application's module.</summary>
public sealed class HookTests
{
    private const int WorkerFailed = 3;
    private const int AppFailed = 4;

    [Fact]
    public async Task Without_preloading_those_of_the_file_run_before_the_import_and_those_of_the_module_after_it()
    {
        await using var server = await ServerProcess.StartAsync("hooks", "--preload", "off");
        var (heard, pid) = await HeardAsync(server);
        Assert.Equal([$"post_fork {pid} 1", $"import {pid}", $"module post_fork {pid}", $"post_worker_init {pid} 1"], heard);
    }

    [Fact]
    public async Task With_preloading_all_run_in_the_worker_after_the_import_in_the_template()
    {
        await using var server = await ServerProcess.StartAsync("hooks", "--preload", "on");
        var (heard, pid) = await HeardAsync(server);
        Assert.Equal([$"import {server.Template}", $"post_fork {pid} 1", $"module post_fork {pid}", $"post_worker_init {pid} 1"], heard);
    }

    [Fact]
    public async Task They_log_with_gunicorns_loggers()
    {
        await using var server = await ServerProcess.StartAsync("hooks");
        var pid = Assert.Single(server.Workers);
        await server.Errors.WaitForAsync($"[INFO] [{pid}] - hotplate: Worker spawned (pid: {pid})");
        await server.Errors.WaitForAsync($"[INFO] [{pid}] - hotplate: Worker can do app");
    }

    [Fact]
    public async Task The_exit_hook_runs_once_in_each_worker_that_ends_well()
    {
        using var folder = new TemporaryFolder();
        await using var server = await Command(("HOOKS_LOG", folder.File("log"))).StartAsync();
        var pid = (await HeardAsync(server)).Pid;
        await server.StopAsync();
        Assert.Equal(
            [$"post_fork {pid} {pid}", $"post_worker_init {pid} {pid}", $"worker_exit {pid} {pid}"],
            await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None));
    }

    [Fact]
    public async Task Hooks_of_the_file_that_do_not_run_are_named_once()
    {
        await using var server = await ServerProcess.StartAsync("hooks", "-w", "2", "--preload", "off");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        await server.GetAsync("/");
        Assert.Contains("when_ready", await server.Errors.WaitForAsync("no use is made"), StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Single(server.Errors.Lines, line => line.Contains("no use is made", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_they_are_given_says_what_it_has_when_asked_for_something_else()
    {
        await using var server = await ServerProcess.StartAsync("hooks");
        Assert.Equal(
            """["Hotplate's server has no 'tmp' for hooks; it has log, num_workers and pid", "Hotplate's worker has no 'tmp' for hooks; it has age, log, pid, ppid and wsgi"]""",
            (await server.GetAsync("/missing")).Text);
    }

    [Theory]
    [InlineData("post_fork", "on")]
    [InlineData("post_fork", "off")]
    [InlineData("post_worker_init", "on")]
    [InlineData("post_worker_init", "off")]
    public async Task One_that_fails_stops_the_start_with_its_name_and_traceback(string hook, string preload)
    {
        await using var server = await (Command(("HOOK_FAILS", hook)) with { Flags = ["--preload", preload] }).LaunchAsync();
        Assert.Equal(WorkerFailed, await server.ExitAsync());
        var said = server.Errors.Text;
        Assert.Contains($"HP212  the hook {hook} in {Path.Combine(ServerCommand.FolderOf("hooks"), "gunicorn.conf.py")} raised KeyError", said, StringComparison.Ordinal);
        Assert.Contains("the plate has no hook for this", said, StringComparison.Ordinal);
        Assert.DoesNotContain("hotplate_worker", said, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task An_exit_hook_that_fails_is_told_and_harms_nothing()
    {
        await using var server = await Command(("HOOK_FAILS", "worker_exit")).StartAsync();
        await server.StopAsync();
        await server.Errors.WaitForAsync("HP212  the hook worker_exit");
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task A_file_that_fails_stops_the_start(string preload)
    {
        await using var server = await (Command(("HOOK_FAILS", "config")) with { Flags = ["--preload", preload] }).LaunchAsync();
        Assert.Equal(AppFailed, await server.ExitAsync());
        Assert.Contains("HP211", server.Errors.Text, StringComparison.Ordinal);
        Assert.Contains("RuntimeError: the configuration is cold", server.Errors.Text, StringComparison.Ordinal);
    }

    private static ServerCommand Command(params (string Name, string Value)[] environment) =>
        new("hooks") { Environment = environment.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal) };

    private static async Task<(IReadOnlyList<string> Heard, int Pid)> HeardAsync(ServerProcess server)
    {
        var json = (await server.GetAsync("/")).Json;
        return ([.. json.GetProperty("heard").EnumerateArray().Select(entry => entry.GetString()!)], json.GetProperty("pid").GetInt32());
    }
}
