using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Control;

/// <summary><c>--metrics</c>: what Prometheus gets.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task It_counts_answers_deaths_and_replays()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "-n", "shop", "--metrics", "127.0.0.1:0");
        var address = await AddressAsync(server);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await server.GetAsync("/")).Status);
        }
        Assert.Equal(502, (await server.SendAsync("POST", "/exit?code=7")).Status);
        Assert.Equal(200, (await server.GetAsync($"/once?flag={folder.File("flag")}")).Status);
        Assert.Equal(417, (await server.GetAsync("/", "Expect: miracles")).Status);
        IReadOnlyDictionary<string, double> samples = await ReadAsync(address);
        await Patience.UntilAsync(
            async () => (samples = await ReadAsync(address)).GetValueOrDefault("hotplate_worker_restarts_total{app=\"shop\",reason=\"sigkill\"}") == 1, "both deaths were counted");
        Assert.Equal(4, samples["hotplate_responses_total{app=\"shop\",code=\"2xx\"}"]);
        Assert.Equal(1, samples["hotplate_responses_total{app=\"shop\",code=\"4xx\"}"]);
        Assert.Equal(1, samples["hotplate_responses_total{app=\"shop\",code=\"5xx\"}"]);
        Assert.Equal(1, samples["hotplate_requests_failed_total{app=\"shop\",reason=\"worker_died\"}"]);
        Assert.Equal(1, samples["hotplate_requests_failed_total{app=\"shop\",reason=\"expectation_failed\"}"]);
        Assert.Equal(1, samples["hotplate_requests_replayed_total{app=\"shop\"}"]);
        Assert.Equal(1, samples["hotplate_worker_restarts_total{app=\"shop\",reason=\"exit\"}"]);
        Assert.Equal(0, samples["hotplate_timeouts_total{app=\"shop\"}"]);
        Assert.Equal(4, samples["hotplate_request_run_seconds_count{app=\"shop\"}"]);
        Assert.Equal(4, samples["hotplate_request_queue_seconds_bucket{app=\"shop\",le=\"+Inf\"}"]);
        Assert.Equal(0, samples["hotplate_requests_waiting{app=\"shop\"}"]);
    }

    [Fact]
    public async Task Connections_that_ask_nothing_keep_no_scrape_out()
    {
        await using var server = await ServerProcess.StartAsync("hello", "-n", "shop", "--metrics", "127.0.0.1:0");
        var address = await AddressAsync(server);
        var idle = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
            idle.Add(socket);
        }
        Assert.Equal(0, (await ReadAsync(address))["hotplate_requests_waiting{app=\"shop\"}"]);
        idle.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task It_shows_what_runs_and_what_waits()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1", "--metrics", "127.0.0.1:0");
        var address = await AddressAsync(server);
        using var first = await server.ConnectAsync();
        await first.RequestAsync("GET", "/sleep?s=600", []);
        using var second = await server.ConnectAsync();
        await second.RequestAsync("GET", "/sleep?s=600", []);
        await Patience.UntilAsync(
            async () => await ReadAsync(address) is var samples
                && samples["hotplate_requests_waiting{app=\"app\"}"] == 1 && samples["hotplate_requests_in_flight{app=\"app\"}"] == 1,
            "one waits while the other runs");
    }

    [Fact]
    public async Task Requests_that_find_another_thread_computing_wait_for_the_GIL_and_a_new_worker_does_not_forget_it()
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("hotplate.sock");
        await using var server = await ServerProcess.StartAsync("threads", "--metrics", "127.0.0.1:0", "--control", socket);
        var address = await AddressAsync(server);
        var alone = await WaitForGilAsync(server, address);
        await server.GetAsync("/compute?n=1");
        var beside = await WaitForGilAsync(server, address);
        Assert.True(beside > alone, $"{alone} s for 40 requests alone, {beside} s beside a thread that computes");
        var total = (await ReadAsync(address))[GilWait];
        var status = JsonDocument.Parse(await ClientCommand.OutputAsync("status", "--json", "--control", socket)).RootElement;
        var worker = status.GetProperty("generations")[0].GetProperty("workers")[0];
        Assert.InRange(worker.GetProperty("gil_wait").GetDouble(), alone + beside - 0.001, total + 0.001);
        var before = Assert.Single(server.Workers);
        server.Signal(ServerProcess.SIGKILL, before);
        await Patience.UntilAsync(() => server.Workers is [var after] && after != before, "another worker");
        await WaitForGilAsync(server, address);
        Assert.True((await ReadAsync(address))[GilWait] >= total);
    }

    [Fact]
    public async Task It_is_not_where_the_visitors_are_and_nothing_else_is_where_it_is()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--metrics", "127.0.0.1:0");
        var address = await AddressAsync(server);
        Assert.DoesNotContain("hotplate_", (await server.GetAsync("/metrics")).Text, StringComparison.Ordinal);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(address, "/"), CancellationToken.None)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync(address, null, CancellationToken.None)).StatusCode);
        var answer = await client.GetAsync(address, CancellationToken.None);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_port_in_use_is_told_and_nothing_is_left()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        await using var server = await new ServerCommand("hello") { Flags = ["--metrics", taken.LocalEndPoint!.ToString()!] }.LaunchAsync();
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains("HP408  --metrics ", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    private const string GilWait = "hotplate_gil_wait_seconds_total{app=\"app\"}";

    /// <summary>By how much that grew with 40 requests, one after the other.</summary>
    private static async Task<double> WaitForGilAsync(ServerProcess server, Uri address)
    {
        var before = (await ReadAsync(address))[GilWait];
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(200, (await server.GetAsync("/local")).Status);
        }
        return (await ReadAsync(address))[GilWait] - before;
    }

    private static async Task<Uri> AddressAsync(ServerProcess server)
    {
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        return new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]);
    }

    /// <summary>Reads the page as Prometheus does: every sample has a family, told before it; a histogram's ranges only grow.</summary>
    private static async Task<IReadOnlyDictionary<string, double>> ReadAsync(Uri address)
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(address);
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        var families = new HashSet<string>(StringComparer.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var (range, below) = ("", 0.0);
        foreach (var line in page.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.True(families.Add(line.Split(' ')[2]), line);
                continue;
            }
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                continue;
            }
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            var name = sample.Groups["name"].Value;
            Assert.Contains(Suffix().Replace(name, ""), families.Concat([.. families.Select(family => Suffix().Replace(family, ""))]));
            var value = double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);
            Assert.True(!name.EndsWith("_bucket", StringComparison.Ordinal) || name != range || value >= below, line);
            (range, below) = (name, value);
            Assert.True(samples.TryAdd(sample.Groups["key"].Value, value), line);
        }
        return samples;
    }

    [GeneratedRegex("""^(?<key>(?<name>[a-z_]+)\{app="[^"]*"(?:,[a-z_]+="[^"]*")?\}) (?<value>[0-9.E+-]+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
