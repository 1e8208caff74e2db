using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Serving;

/// <summary>What an application logs keeps what is known of it, whatever the server's own log is to hold.</summary>
public sealed partial class ApplicationLogTests
{
    [Theory]
    [InlineData("error")]
    [InlineData("critical")]
    public async Task It_is_written_whatever_the_servers_level(string level)
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("records") { Flags = ["--log-level", level, "-b", "unix:" + folder.File("socket")] }.LaunchAsync();
        server.Addresses = ["unix:" + folder.File("socket")];
        await ServesAsync(server);
        foreach (var path in (string[])["/errors", "/record", "/stderr", "/raise"])
        {
            await server.GetAsync($"{path}?text=said-on{path[1..]}");
            await server.Errors.WaitForAsync($"said-on{path[1..]}");
        }
        Assert.DoesNotContain("Listening", server.Errors.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/record", 10, "DEBUG", "shop.orders")]
    [InlineData("/record", 20, "INFO", "shop.orders")]
    [InlineData("/record", 40, "ERROR", "shop.orders")]
    [InlineData("/stderr", 30, "WARNING", "shop.stock")]
    [InlineData("/stderr", 50, "CRITICAL", "shop.stock")]
    public async Task A_record_has_one_time_and_its_level_logger_and_request(string path, int level, string word, string logger)
    {
        await using var server = await ServerProcess.StartAsync("records");
        await server.GetAsync($"{path}?text=the-remark&level={level}", "X-Request-Id: id-of-it");
        var line = await server.Errors.WaitForAsync("the-remark");
        Assert.Matches($@"^\[\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{{4}}\] \[\d+\] \[{word}\] \[\d+\] id-of-it {logger}: {word}", line);
        Assert.Single(Times().Matches(line));
    }

    [Theory]
    [InlineData("/exception", "ERROR in app: it failed")]
    [InlineData("/trace", "Traceback (most recent call last):")]
    [InlineData("/errtrace", "Traceback (most recent call last):")]
    [InlineData("/raise", "Traceback (most recent call last):")]
    public async Task A_traceback_stands_below_one_line(string path, string first)
    {
        await using var server = await ServerProcess.StartAsync("records");
        await server.GetAsync($"{path}?text=the-cause");
        var last = await server.Errors.WaitForAsync(line => line.Contains("Error: ", StringComparison.Ordinal) && line.Contains("the-cause", StringComparison.Ordinal), "the traceback's end");
        Assert.Matches("^(Key|Runtime)Error: ", last);
        var lines = server.Errors.Lines.SkipWhile(line => !line.Contains(first, StringComparison.Ordinal)).TakeWhile(line => line != last).ToList();
        Assert.Matches(@"\[\d+\] ", lines[0]);
        Assert.True(lines.Count > 2, server.Errors.Text);
        Assert.All(lines.Skip(1), line => Assert.DoesNotMatch(@"^\[", line));
    }

    [Fact]
    public async Task What_is_written_without_logging_is_a_warning_and_what_was_raised_an_error()
    {
        await using var server = await ServerProcess.StartAsync("records");
        await server.GetAsync("/errors?text=just-text");
        Assert.Contains(" [WARNING] ", await server.Errors.WaitForAsync("just-text"), StringComparison.Ordinal);
        await server.GetAsync("/raise");
        Assert.Contains(" [ERROR] ", await server.Errors.WaitForAsync("Traceback"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_JSON_every_line_is_an_object_that_has_it_whole()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("records") { Flags = ["--log-format", "json", "--access-logfile", "-", "-b", "unix:" + folder.File("socket")] }.LaunchAsync();
        server.Addresses = ["unix:" + folder.File("socket")];
        await ServesAsync(server);
        foreach (var path in (string[])["/errors", "/exception", "/stderr", "/trace", "/raise", "/print"])
        {
            await server.GetAsync($"{path}?text=word", "X-Request-Id: id-of-it");
        }
        await server.StopAsync();
        var said = server.Errors.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(said, one => Assert.True(one.GetProperty("pid").GetInt32() > 0 && one.GetProperty("time").GetDateTime().Year > 2000));
        var record = Assert.Single(said, one => one.TryGetProperty("logger", out var logger) && logger.GetString() == "shop.orders");
        Assert.Equal(("error", "id-of-it"), (record.GetProperty("level").GetString(), record.GetProperty("request_id").GetString()));
        Assert.Matches(@"(?s)^ERROR in app: it failed\nTraceback.*KeyError: 'word'$", record.GetProperty("message").GetString());
        Assert.Equal("info", Assert.Single(said, one => one.TryGetProperty("logger", out var logger) && logger.GetString() == "shop.stock").GetProperty("level").GetString());
        Assert.Matches(@"(?s)^Traceback.*KeyError: 'word'$", Assert.Single(said, one => one.TryGetProperty("stream", out _)).GetProperty("message").GetString());
        Assert.Contains(said, one => one.GetProperty("message").GetString()!.StartsWith("Listening at", StringComparison.Ordinal));
        var printed = server.Output.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Contains(printed, one => one.TryGetProperty("message", out var text) && text.GetString() == "word");
        Assert.Contains(printed, one => one.TryGetProperty("url.query", out var query) && query.GetString() == "text=word");
    }

    [Fact]
    public async Task With_JSON_problems_with_the_settings_are_objects_too()
    {
        await using var server = await new ServerCommand("records") { Flags = ["--log-format", "json", "--threads", "none", "--timeout", "soon"] }.LaunchAsync();
        Assert.NotEqual(0, await server.ExitAsync());
        Assert.All(server.Errors.Lines, line => Assert.Equal("error", JsonDocument.Parse(line).RootElement.GetProperty("level").GetString()));
        Assert.Equal(2, server.Errors.Lines.Count);
    }

    [Fact]
    public async Task With_gevent_a_record_has_its_request_too()
    {
        await using var server = await new ServerCommand("records") { Target = "patched:app", Needs = ["gevent"] }.StartAsync();
        await server.GetAsync("/stderr?text=in-a-greenlet&level=30", "X-Request-Id: id-of-it");
        Assert.Contains(" id-of-it shop.stock: ", await server.Errors.WaitForAsync("in-a-greenlet"), StringComparison.Ordinal);
        await server.GetAsync("/record?text=on-errors&level=30", "X-Request-Id: id-of-that");
        Assert.Contains(" id-of-that shop.orders: ", await server.Errors.WaitForAsync("on-errors"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_output_is_byte_for_byte_what_was_printed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("records")
        {
            Flags = ["--output", "raw"],
            Through = ["sh", "-c", "exec \"$@\" >\"$OUT\"", "sh"],
            Environment = new Dictionary<string, string> { ["OUT"] = folder.File("out") },
        }.StartAsync();
        await server.GetAsync("/bytes?text=plain-line");
        Assert.Equal("plain-line", await server.Errors.WaitForAsync("plain-line"));
        await server.GetAsync("/stderr?text=of-a-logger");
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ - INFO - of-a-logger$", await server.Errors.WaitForAsync("of-a-logger"));
        await server.GetAsync("/errors?text=on-errors");
        Assert.Equal("on-errors", await server.Errors.WaitForAsync("on-errors"));
        await server.StopAsync();
        byte[] expected = [.. Enumerable.Repeat((byte)'x', 100_000), 0xFF, 0xFE, 0x1E, .. "HP \x1e.\n"u8];
        Assert.Equal(expected, await File.ReadAllBytesAsync(folder.File("out"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_servers_log_can_go_to_a_file_that_is_rotated()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("error.log");
        await using var server = await new ServerCommand("records") { Flags = ["--log-file", path, "-b", "unix:" + folder.File("socket")] }.LaunchAsync();
        server.Addresses = ["unix:" + folder.File("socket")];
        await ServesAsync(server);
        await server.GetAsync("/record?text=in-the-file");
        await HasAsync(path, "in-the-file");
        File.Move(path, path + ".1");
        server.Signal(10);
        await HasAsync(path, "opened anew");
        await server.GetAsync("/stderr?text=on-stderr");
        await server.Errors.WaitForAsync("on-stderr");
        await server.StopAsync();
        Assert.Contains("stopping", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain("Listening", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_systemds_journal_reads_each_line_has_its_priority()
    {
        await using var server = await new ServerCommand("records")
        {
            Through = ["sh", "-c", "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\"", "sh"],
        }.StartAsync();
        await server.GetAsync("/exception?text=the-cause");
        await server.GetAsync("/record?level=50&text=it-is-late");
        Assert.StartsWith("<2>", await server.Errors.WaitForAsync("it-is-late"), StringComparison.Ordinal);
        Assert.StartsWith("<3>", await server.Errors.WaitForAsync("KeyError"), StringComparison.Ordinal);
        // The journal has the time of each line.
        Assert.StartsWith($"<6>[{server.Pid}] [INFO] Listening", await server.Errors.WaitForAsync("Listening"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_JOURNAL_STREAM_of_another_stream_changes_nothing()
    {
        await using var server = await new ServerCommand("hello") { Environment = new Dictionary<string, string> { ["JOURNAL_STREAM"] = "8:12345" } }.StartAsync();
        Assert.StartsWith("[", await server.Errors.WaitForAsync("Listening"), StringComparison.Ordinal);
    }

    private static Task ServesAsync(ServerProcess server) => Patience.UntilAsync(
        async () =>
        {
            Assert.True(server.IsRunning, server.Errors.Text);
            try
            {
                return (await server.GetAsync("/readyz")).Status == 200;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        },
        "it serves");

    private static Task HasAsync(string path, string text) =>
        Patience.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).Contains(text, StringComparison.Ordinal), $"{path} has {text}");

    [GeneratedRegex(@"\d\d:\d\d:\d\d")]
    private static partial Regex Times();
}
