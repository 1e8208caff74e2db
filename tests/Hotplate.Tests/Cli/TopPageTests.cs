using Hotplate.Cli;
using Hotplate.Control;

namespace Hotplate.Tests.Cli;

/// <summary>What <c>hotplate top</c> shows of a server, whatever the size of the terminal.</summary>
public sealed class TopPageTests
{
    [Fact]
    public void By_the_second_is_what_came_between_two_looks()
    {
        var before = new TopSample(10, Server([Worker(1, answered: 100, cpu: 5)]), [], null);
        var now = new TopSample(12, Server([Worker(1, answered: 340, cpu: 6), Worker(2, answered: 20, cpu: 0.5)]), [], before);
        Assert.Equal([120, 10], now.Workers.Select(static one => one.Answered));
        Assert.Equal([0.5, 0.25], now.Workers.Select(static one => one.Cpu));
        Assert.All(before.Workers, static one => Assert.True(double.IsNaN(one.Answered)));
        Assert.Contains("- answers/s", TopPage.Make(before, null, "", 100, 24)[1].Text, StringComparison.Ordinal);
        Assert.Contains(" 130.0 answers/s, 0.0 5xx/s, 75 % CPU", TopPage.Make(now, null, "", 100, 24)[1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 5)]
    [InlineData(80, 12)]
    [InlineData(100, 24)]
    [InlineData(300, 100)]
    public void It_fits_the_terminal(int width, int height)
    {
        var page = TopPage.Make(Many(), new TopChoice { Request = "request-50" }, "the last line, which is long enough to be cut", width, height);
        Assert.All(page, line => Assert.InRange(line.Text.Length, 0, Math.Max(width, 20)));
        if (height >= 12)
        {
            Assert.InRange(page.Count, 0, height);
            Assert.StartsWith("the last line", page[^1].Text, StringComparison.Ordinal);
            Assert.Contains(page, static line => line.Look == LineLook.Selected && line.Text.StartsWith("request-50 ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_does_not_fit_is_counted()
    {
        var page = TopPage.Make(Many(), new TopChoice(), "keys", 100, 24).Select(static line => line.Text).ToList();
        var shown = page.Count(static line => line.StartsWith("request-", StringComparison.Ordinal));
        Assert.Contains($"… {100 - shown} more", page);
        Assert.Equal(100, TopPage.Make(Many(), null, "", int.MaxValue, int.MaxValue)
            .Count(static line => line.Text.StartsWith("request-", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_chosen_request_that_is_gone_gives_way_to_the_oldest()
    {
        var choice = new TopChoice { Request = "request-3" };
        Assert.Equal("request-4", choice.MoveRequest(Many(), 1).Request);
        Assert.Equal("request-0", choice.MoveRequest(Many(), -99).Request);
        Assert.Equal(0, (choice with { Request = "gone" }).RequestAt(Many()));
        var idle = new TopSample(1, Server([Worker(1, 0, 0)]), [], null);
        Assert.Equal("request-3", choice.MoveRequest(idle, 1).Request);
    }

    [Fact]
    public void What_clients_send_moves_no_cursor()
    {
        var now = new TopSample(1, Server([Worker(1, 0, 0)]), [Request("a\u001b[2J", "/\u001b[H\u009b")], null);
        Assert.All(TopPage.Make(now, new TopChoice(), "\u001b", 100, 24), static line => Assert.DoesNotContain(line.Text, char.IsControl));
    }

    private static TopSample Many() => new(
        1, Server([.. Enumerable.Range(1, 40).Select(static id => Worker(id, 0, 0))]),
        [.. Enumerable.Range(0, 100).Select(static number => Request($"request-{number}", "/"))], null);

    private static RequestStatus Request(string id, string path) =>
        new() { Id = id, Phase = "running", Age = 1, QueueTime = 0, Method = "GET", Path = path };

    private static WorkerStatus Worker(int id, long answered, double cpu) => new()
    {
        Id = id,
        Pid = 4000 + id,
        State = "ready",
        Uptime = 60,
        InFlight = 0,
        Concurrency = 1,
        Answered = answered,
        ServerErrors = 0,
        GilWait = 0,
        Memory = 1 << 24,
        Cpu = cpu,
    };

    private static ServerStatus Server(WorkerStatus[] workers) => new()
    {
        Version = "1.2.3",
        Pid = 4000,
        Uptime = 60,
        Addresses = ["http://127.0.0.1:8000"],
        App = "shop",
        Target = "shop:app",
        State = "serving",
        Python = "3.13.0",
        Waiting = 0,
        InFlight = 0,
        Generations = [new GenerationStatus { Number = 1, State = "serving", ZygotePid = 3999, Workers = workers }],
        Restarts = new Dictionary<string, long>(),
        Deaths = [],
        Poisons = [],
    };
}
