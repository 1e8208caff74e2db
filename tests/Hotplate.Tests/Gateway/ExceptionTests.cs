namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333 §Error Handling: exc_info, and exceptions that the application does not catch.</summary>
public sealed class ExceptionTests(ExceptionTests.ExcInfo app) : IClassFixture<ExceptionTests.ExcInfo>
{
    public sealed class ExcInfo() : Served("exc_info");

    [Fact]
    public async Task With_exc_info_an_answer_that_has_not_begun_is_replaced()
    {
        var answer = await app.Server.GetAsync("/before");
        Assert.Equal((500, "Replaced", "replaced"), (answer.Status, answer.Reason, answer.Text));
        Assert.Equal("2", answer["X-Second"]);
        Assert.Null(answer["X-First"]);
        Assert.Null(answer["Set-Cookie"]);
    }

    [Theory]
    [InlineData("/after")]
    [InlineData("/written")]
    public async Task With_exc_info_once_the_answer_has_begun_that_very_exception_is_raised_again(string path)
    {
        var log = app.Folder.File(path[1..] + ".log");
        var answer = await app.Server.GetAsync($"{path}?log={log}");
        Assert.False(answer.IsComplete);
        Assert.DoesNotContain("must not be sent", answer.Text, StringComparison.Ordinal);
        await Patience.UntilAsync(() => File.Exists(log), log);
        Assert.Equal("raised again: ValueError: on purpose (the same)\n", await File.ReadAllTextAsync(log, CancellationToken.None));
    }

    [Fact]
    public async Task A_second_start_response_without_exc_info_raises()
    {
        var answer = await app.Server.GetAsync("/twice");
        Assert.NotEqual("accepted", answer.Text);
        Assert.Equal(200, answer.Status);
    }

    [Theory]
    [InlineData("/raise")]
    [InlineData("/started")]
    [InlineData("/iterate?n=0")]
    public async Task An_exception_before_anything_was_sent_is_a_500(string path)
    {
        var answer = await app.Server.GetAsync(path);
        Assert.Equal((500, true), (answer.Status, answer.IsComplete));
    }

    [Fact]
    public async Task An_exception_after_the_first_piece_cuts_the_answer()
    {
        var answer = await app.Server.GetAsync("/iterate?n=2");
        // The pieces may have been on their way already or not; what must not be is an answer that looks whole.
        Assert.True(answer.Status == 500 || !answer.IsComplete, answer.Text);
    }

    [Theory]
    [InlineData("SystemExit")]
    [InlineData("KeyboardInterrupt")]
    [InlineData("GeneratorExit")]
    [InlineData("MemoryError")]
    [InlineData("RecursionError")]
    public async Task No_exception_ends_the_worker(string kind)
    {
        var pid = Assert.Single(app.Server.Workers);
        Assert.Equal(500, (await app.Server.GetAsync($"/raise?kind={kind}")).Status);
        Assert.Equal("hello", (await app.Server.GetAsync("/hello")).Text);
        Assert.Equal(pid, Assert.Single(app.Server.Workers));
    }

    [Fact]
    public async Task The_log_has_the_applications_traceback_and_the_request_id()
    {
        var answer = await app.Server.GetAsync("/raise?kind=LookupError", "X-Request-Id: raised-before-start");
        Assert.Equal("raised-before-start", answer["X-Request-Id"]);
        await app.Server.Errors.WaitForAsync("LookupError: raised before start_response");
        await app.Server.Errors.WaitForAsync("Traceback (most recent call last):");
        await app.Server.Errors.WaitForAsync("raised-before-start");
        Assert.Contains("exc_info/app.py\", line", app.Server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hotplate_worker", app.Server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_is_told_no_Python_text()
    {
        var answer = await app.Server.GetAsync("/raise?kind=LookupError");
        Assert.DoesNotContain("LookupError", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", answer.Text, StringComparison.Ordinal);
    }
}
