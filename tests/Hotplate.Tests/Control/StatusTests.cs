using System.Globalization;
using System.Text.Json;

namespace Hotplate.Tests.Control;

/// <summary><c>hotplate status</c>.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_of_several_is_chosen_by_the_name_of_its_application()
    {
        var names = new[] { $"till-{Guid.NewGuid():N}", $"shop-{Guid.NewGuid():N}" };
        await using var till = await ServerProcess.StartAsync("hello", "--name", names[0]);
        await using var shop = await ServerProcess.StartAsync("hello", "--name", names[1]);
        Assert.Equal(till.Pid, (await ClientCommand.JsonAsync("status", "--name", names[0])).GetProperty("pid").GetInt32());
        Assert.Equal(shop.Pid, (await ClientCommand.JsonAsync("status", "-n", names[1])).GetProperty("pid").GetInt32());
        var none = await ClientCommand.RunAsync("status", "--name", "nobody");
        Assert.Equal(1, none.ExitCode);
        Assert.StartsWith("HP404  --name nobody: no server of this user serves an application of that name. These run:\n", none.Errors, StringComparison.Ordinal);
        Assert.Contains($"--name {names[0]}, http://127.0.0.1:", none.Errors, StringComparison.Ordinal);
        var several = await ClientCommand.RunAsync("status");
        Assert.Equal(1, several.ExitCode);
        Assert.Contains("Choose one by --name", several.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_tells_of_the_server_and_each_worker()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "-n", "shop", "--control", Socket);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var answered = int.Parse((await server.GetAsync("/pid")).Text, CultureInfo.InvariantCulture);
        var status = await SettledAsync();
        Assert.Equal(("shop", "serving", server.Pid), (Text(status, "app"), Text(status, "state"), status.GetProperty("pid").GetInt32()));
        Assert.Equal(server.Addresses, status.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()));
        var generation = Assert.Single(status.GetProperty("generations").EnumerateArray());
        Assert.Equal(("serving", server.Zygote), (Text(generation, "state"), generation.GetProperty("zygote_pid").GetInt32()));
        var workers = generation.GetProperty("workers").EnumerateArray().ToDictionary(worker => worker.GetProperty("pid").GetInt32());
        Assert.Equal(server.Workers.Order(), workers.Keys.Order());
        Assert.Equal(1, workers[answered].GetProperty("answered").GetInt64());
        Assert.All(workers.Values, worker => Assert.True(worker.GetProperty("memory").GetInt64() > 1 << 20));
    }

    [Fact]
    public async Task It_tells_why_workers_died()
    {
        await using var server = await ServerProcess.StartAsync("crash", "--control", Socket);
        var victim = server.Workers[0];
        server.Signal(ServerProcess.SIGKILL, victim);
        await Patience.UntilAsync(() => server.Workers is [var other] && other != victim, "another in its place");
        await server.GetAsync("/");
        var text = await ClientCommand.OutputAsync("status", "--control", Socket);
        Assert.Contains("restarts     1: 1 sigkill\n", text, StringComparison.Ordinal);
        Assert.Contains($"ago, pid {victim} of generation 1: signal 9 (SIGKILL", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_a_table_for_people()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--control", Socket);
        var text = await ClientCommand.OutputAsync("status", "--control", Socket);
        Assert.StartsWith("app  serving, up ", text, StringComparison.Ordinal);
        Assert.Contains("\ngeneration 1  serving\nWORKER ", text, StringComparison.Ordinal);
        Assert.EndsWith("last reload  none\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_nothing_runs_it_says_so()
    {
        var none = await ClientCommand.RunAsync("status", "--control", Socket);
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.StartsWith("HP404  " + Socket, none.Errors, StringComparison.Ordinal);
        var noPid = await ClientCommand.RunAsync("status", "--pid", folder.File("hotplate.pid"));
        Assert.Equal((1, ""), (noPid.ExitCode, noPid.Output));
        Assert.StartsWith("HP404  --pid ", noPid.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_of_a_server_are_refused()
    {
        var ended = await ClientCommand.RunAsync("status", "-w", "4", "shop:app");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("HP102  -w", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("HP104  shop:app", ended.Errors, StringComparison.Ordinal);
    }

    /// <summary>Both workers are ready: one serves already while the other may still load.</summary>
    private async Task<JsonElement> SettledAsync()
    {
        JsonElement status = default;
        await Patience.UntilAsync(
            async () =>
            {
                status = await ClientCommand.JsonAsync("status", "--control", Socket);
                return status.GetProperty("generations")[0].GetProperty("workers").EnumerateArray().All(worker => Text(worker, "state") == "ready");
            },
            "all workers ready");
        return status;
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
