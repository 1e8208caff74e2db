namespace Hotplate.Tests.Gateway;

/// <summary>What an application says on wsgi.errors, stdout, stderr and by logging is in the log, at once and whole.</summary>
public sealed class ErrorsStreamTests(ErrorsStreamTests.Errors app) : IClassFixture<ErrorsStreamTests.Errors>
{
    public sealed class Errors() : Served("errors");

    [Theory]
    [InlineData("/write")]
    [InlineData("/unflushed")]
    [InlineData("/print")]
    [InlineData("/partial")]
    public async Task What_is_written_to_it_is_in_the_log_with_the_request_id(string path)
    {
        var text = "said" + path.Replace('/', '-');
        Assert.Equal("said", (await app.Server.GetAsync($"{path}?text={text}", $"X-Request-Id: id{text}")).Text);
        Assert.Contains($"id{text}", await app.Server.Errors.WaitForAsync(text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writelines_writes_every_line()
    {
        await app.Server.GetAsync("/writelines?text=several");
        await app.Server.Errors.WaitForAsync("several 1");
        await app.Server.Errors.WaitForAsync("several 2");
        await app.Server.Errors.WaitForAsync("several 3");
    }

    [Fact]
    public async Task A_thousand_lines_are_all_there_and_in_order()
    {
        await app.Server.GetAsync("/lines?n=1000&text=of-thousand");
        var lines = await app.Server.Errors.WaitForAsync(line => line.Contains("of-thousand ", StringComparison.Ordinal), 1000, "1000 lines");
        Assert.Equal(Enumerable.Range(1, 1000).Select(number => $"of-thousand {number}"), lines.Select(line => line[line.IndexOf("of-thousand", StringComparison.Ordinal)..]));
    }

    [Fact]
    public async Task It_takes_str_only() => Assert.NotEqual("accepted", (await app.Server.GetAsync("/bytes")).Text);

    [Fact]
    public async Task Control_characters_are_escaped()
    {
        await app.Server.GetAsync("/control?text=%0a%1b%5b2Jcontrolled");
        var line = await app.Server.Errors.WaitForAsync("controlled");
        Assert.DoesNotContain('\x1b', app.Server.Errors.Text);
        Assert.DoesNotContain('\r', line);
    }

    [Fact]
    public async Task Stdout_goes_to_stdout_at_once_with_the_workers_pid()
    {
        await app.Server.GetAsync("/stdout?text=plain-out");
        Assert.StartsWith($"[{Assert.Single(app.Server.Workers)}] ", await app.Server.Output.WaitForAsync("plain-out"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stderr_goes_to_stderr_at_once_with_the_workers_pid()
    {
        await app.Server.GetAsync("/stderr?text=plain-err");
        Assert.StartsWith($"[{Assert.Single(app.Server.Workers)}] ", await app.Server.Errors.WaitForAsync("plain-err"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_bypasses_Python_is_there_too()
    {
        await app.Server.GetAsync("/raw?text=past-python");
        await app.Server.Output.WaitForAsync("past-python on 1");
        await app.Server.Errors.WaitForAsync("past-python on 2");
    }

    [Fact]
    public async Task Logging_without_configuration_goes_to_stderr()
    {
        await app.Server.GetAsync("/logging?text=logged");
        await app.Server.Errors.WaitForAsync("logged");
    }

    [Fact]
    public async Task A_traceback_by_logging_is_whole()
    {
        await app.Server.GetAsync("/traceback?text=lost-key");
        await app.Server.Errors.WaitForAsync("it failed");
        await app.Server.Errors.WaitForAsync("KeyError: 'lost-key'");
    }

    [Fact]
    public async Task An_exception_is_in_the_log_once()
    {
        Assert.Equal(500, (await app.Server.GetAsync("/raise?text=raised-once")).Status);
        await app.Server.Errors.WaitForAsync("RuntimeError: raised-once");
        await app.Server.GetAsync("/write?text=after-raised-once");
        await app.Server.Errors.WaitForAsync("after-raised-once");
        Assert.Single(app.Server.Errors.Lines, line => line.Contains("RuntimeError: raised-once", StringComparison.Ordinal));
    }
}
