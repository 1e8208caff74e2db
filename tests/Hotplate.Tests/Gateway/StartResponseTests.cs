using System.Text.Json;

namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333 §The start_response() Callable: what an application may say, and what it must not.</summary>
public sealed class StartResponseTests(StartResponseTests.BadHeaders app) : IClassFixture<StartResponseTests.BadHeaders>
{
    public sealed class BadHeaders() : Served("bad_headers");

    [Fact]
    public async Task What_must_not_be_said_becomes_a_500_and_nothing_of_it_reaches_the_client()
    {
        List<string> wrong = [];
        foreach (var name in await NamesAsync("refused"))
        {
            var answer = await app.Server.GetAsync("/" + name);
            // A body piece of the wrong type comes after the head, so the head may have gone out: then the answer is cut.
            if ((answer.Status != 500 && answer.IsComplete) || answer["X-Forged"] is not null || answer["X-A"] is not null)
            {
                wrong.Add($"{name}: {answer.Status} {answer.Text}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task What_may_be_said_is_answered()
    {
        List<string> wrong = [];
        foreach (var name in await NamesAsync("allowed"))
        {
            var answer = await app.Server.GetAsync("/" + name);
            if (answer.Status != 200 || !answer.IsComplete)
            {
                wrong.Add($"{name}: {answer.Status} {answer.Text}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task What_the_PEP_leaves_open_never_hangs_and_never_ends_the_worker()
    {
        var pid = Assert.Single(app.Server.Workers);
        foreach (var name in await NamesAsync("unspecified"))
        {
            var answer = await app.Server.GetAsync("/" + name);
            Assert.True(answer.Status is 200 or 500 or 999, $"{name}: {answer.Status}");
        }
        Assert.Equal(pid, Assert.Single(app.Server.Workers));
    }

    [Fact]
    public async Task What_is_refused_can_be_caught_and_put_right()
    {
        List<string> wrong = [];
        foreach (var name in await NamesAsync("catchable"))
        {
            var answer = await app.Server.GetAsync($"/{name}?catch=1");
            if (answer.Status != 200 || answer.Text == "accepted")
            {
                wrong.Add($"{name}: {answer.Status} {answer.Text}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Header_bytes_are_Latin_1() => Assert.Equal("caf\u00e9", (await app.Server.GetAsync("/latin1-value"))["X-A"]);

    [Fact]
    public async Task A_reason_goes_out_as_Latin_1_and_the_next_one_is_its_own()
    {
        using var client = await app.Server.ConnectAsync();
        foreach (var (path, reason) in new[] { ("/latin1-reason", "caf\u00e9"), ("/plain", "OK"), ("/latin1-reason", "caf\u00e9") })
        {
            await client.RequestAsync("GET", path, []);
            var answer = await client.ReadAsync();
            Assert.Equal((reason, "accepted"), (answer.Reason, answer.Text));
        }
    }

    [Fact]
    public async Task Repeated_fields_are_sent_one_by_one_and_in_order()
    {
        var answer = await app.Server.GetAsync("/repeated");
        Assert.Equal(["a=1", "b=2; Path=/"], answer.All("Set-Cookie"));
        Assert.Equal("1, 2", answer["X-A"]);
    }

    [Fact]
    public async Task The_applications_own_Server_and_Date_are_kept()
    {
        var answer = await app.Server.GetAsync("/own-server-and-date");
        Assert.Equal(["mine"], answer.All("Server"));
        Assert.Equal(["Thu, 01 Jan 1970 00:00:00 GMT"], answer.All("Date"));
    }

    [Theory]
    [InlineData("hop-connection", "Connection")]
    [InlineData("hop-keep-alive", "Keep-Alive")]
    [InlineData("hop-te", "TE")]
    [InlineData("hop-trailer", "Trailer")]
    [InlineData("hop-upgrade", "Upgrade")]
    [InlineData("hop-proxy", "Proxy-Authenticate")]
    public async Task What_is_about_the_connection_is_left_out(string name, string field)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", "/" + name, []);
        var answer = await client.ReadAsync();
        Assert.Equal((200, "accepted", null), (answer.Status, answer.Text, answer[field]));
    }

    [Fact]
    public async Task That_it_is_left_out_is_told_once_for_a_route()
    {
        await app.Server.GetAsync("/hop-connection");
        await app.Server.GetAsync("/hop-connection");
        await app.Server.GetAsync("/hop-te");
        await app.Server.Errors.WaitForAsync(static line => line.Contains("GET /hop-te answers with a TE field", StringComparison.Ordinal), "TE");
        Assert.Single(app.Server.Errors.Lines, static line => line.Contains("GET /hop-connection answers with a Connection field", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("blanks-around", "a")]
    [InlineData("blank-value", "")]
    public async Task White_space_around_a_value_is_not_sent(string name, string value) => Assert.Equal(value, (await app.Server.GetAsync("/" + name))["X-A"]);

    [Theory]
    [InlineData("zeros-before-length")]
    [InlineData("blanks-around-length")]
    public async Task A_length_is_sent_as_a_number(string name)
    {
        var answer = await app.Server.GetAsync("/" + name);
        Assert.Equal(("2", "ac"), (answer["Content-Length"], answer.Text));
    }

    [Theory]
    [InlineData("tuple-of-tuples")]
    [InlineData("list-of-lists")]
    [InlineData("dict-items")]
    [InlineData("ordered-dict-items")]
    public async Task Headers_may_be_other_sequences(string name) => Assert.Equal("a", (await app.Server.GetAsync("/" + name))["X-A"]);

    [Fact]
    public async Task Whatever_an_application_says_its_worker_lives()
    {
        var before = app.Server.Workers;
        for (var seed = 0; seed < 300; seed++)
        {
            // An answer may be shorter than its Content-Length: then it is cut.
            var answer = await app.Server.GetAsync($"/random?seed={seed}");
            Assert.True(answer.Status is >= 200 and <= 999 || !answer.IsComplete, $"seed {seed}: {answer.Status}");
        }
        Assert.Equal(before, app.Server.Workers);
        Assert.DoesNotContain(app.Server.Errors.Lines, static line => line.Contains("HP702", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Date_is_added_when_the_application_gives_none() => Assert.Single((await app.Server.GetAsync("/plain")).All("Date"));

    [Fact]
    public async Task The_reason_is_the_applications()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", "/own-reason", []);
        Assert.Equal("Warm Enough", (await client.ReadAsync()).Reason);
    }

    [Fact]
    public async Task The_headers_are_those_at_the_time_of_the_call()
    {
        var answer = await app.Server.GetAsync("/list-changed-afterwards");
        Assert.Equal("a", answer["X-A"]);
        Assert.Null(answer["X-Forged"]);
    }

    [Fact]
    public async Task A_hundred_fields_and_a_long_one_are_whole()
    {
        var hundred = await app.Server.GetAsync("/hundred");
        Assert.All(Enumerable.Range(0, 100), number => Assert.Equal(new string('v', 50), hundred[$"X-{number}"]));
        Assert.Equal(new string('a', 7000), (await app.Server.GetAsync("/long-value"))["X-A"]);
    }

    [Fact]
    public async Task An_empty_value_is_sent() => Assert.Equal("", (await app.Server.GetAsync("/empty-value"))["X-A"]);

    [Fact]
    public async Task It_may_be_called_as_late_as_before_the_first_piece() => Assert.Equal("late", (await app.Server.GetAsync("/started-late")).Text);

    [Theory]
    [InlineData("crlf-value")]
    [InlineData("never-called")]
    [InlineData("returns-none")]
    [InlineData("yields-int")]
    public async Task A_refusal_is_in_the_log(string name)
    {
        var before = app.Server.Errors.Lines.Count;
        await app.Server.GetAsync("/" + name);
        await Patience.UntilAsync(() => app.Server.Errors.Lines.Count > before, $"a line in the log about {name}");
    }

    private async Task<IEnumerable<string>> NamesAsync(string kind)
    {
        var names = (await app.Server.GetAsync("/")).Json.GetProperty(kind);
        return names.EnumerateArray().Select((JsonElement name) => name.GetString()!).ToList();
    }
}
