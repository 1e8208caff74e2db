using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>Variables by which platforms tell a server what to do.</summary>
public sealed class PlatformVariableTests
{
    [Fact]
    public async Task PORT_is_where_it_listens_on_every_address()
    {
        await using var server = await StartAsync("environ", "PORT", "0", "-w", "1");
        Assert.StartsWith("http://0.0.0.0:", Assert.Single(server.Addresses), StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_flag_wins_over_PORT()
    {
        await using var server = await StartAsync("environ", "PORT", "0", "-w", "1", "-b", "127.0.0.1:0");
        Assert.StartsWith("http://127.0.0.1:", Assert.Single(server.Addresses), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WEB_CONCURRENCY_is_the_number_of_workers()
    {
        await using var server = await StartAsync("environ", "WEB_CONCURRENCY", "3", "-b", "127.0.0.1:0");
        await Patience.UntilAsync(() => server.Workers.Count == 3, "three workers");
    }

    [Theory]
    [InlineData("10.0.0.0/8", "127.0.0.1")]
    [InlineData("127.0.0.1", "192.0.2.7")]
    public async Task FORWARDED_ALLOW_IPS_says_whom_to_trust(string trusted, string seen)
    {
        await using var server = await StartAsync("environ", "FORWARDED_ALLOW_IPS", trusted, "-b", "127.0.0.1:0", "-w", "1");
        var environ = (await server.GetAsync("/", "X-Forwarded-For: 192.0.2.7")).Json.GetProperty("environ");
        Assert.Equal(seen, environ.GetProperty("REMOTE_ADDR").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Without_a_number_there_are_as_many_workers_as_CPUs()
    {
        await using var server = await new ServerCommand("environ") { Flags = ["-b", "127.0.0.1:0"], IsBare = true }.StartAsync();
        // It may be fewer in a container, never more.
        await server.Errors.WaitForAsync("Ready: ");
        var count = int.Parse((await server.Errors.WaitForAsync("Ready: ")).Split("Ready: ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(count, 1, Environment.ProcessorCount);
        await Patience.UntilAsync(() => server.Workers.Count == count, $"{count} workers");
    }

    private static Task<ServerProcess> StartAsync(string app, string name, string value, params string[] flags) =>
        new ServerCommand(app) { Flags = flags, IsBare = true, Environment = new Dictionary<string, string> { [name] = value } }.StartAsync();
}
