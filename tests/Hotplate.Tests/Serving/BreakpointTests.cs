namespace Hotplate.Tests.Serving;

/// <summary>A debugger of the application's asks on the terminal that <c>hotplate dev</c> was started from.</summary>
public sealed class BreakpointTests
{
    [Fact]
    public async Task It_asks_on_the_terminal_and_goes_on()
    {
        await using var server = await new ServerCommand("breakpoint")
        {
            Verb = "dev",
            Through = [Pythons.Usual, Path.Combine(ServerCommand.FolderOf("breakpoint"), "in_terminal.py")],
        }.StartAsync();

        Assert.Equal("changed in the debugger", (await server.GetAsync("/")).Text);
        Assert.Equal("changed in the debugger", (await server.GetAsync("/set_trace")).Text);

        Assert.Contains(server.Errors.Lines, static line => line.Contains("'as it was'", StringComparison.Ordinal));
        await server.StopAsync();
    }

    [Fact]
    public async Task Without_a_terminal_it_is_passed_over_and_said()
    {
        await using var server = await new ServerCommand("breakpoint") { Verb = "dev", Through = ["setsid", "--wait"] }.StartAsync();

        Assert.Equal("as it was", (await server.GetAsync("/")).Text);

        await server.Errors.WaitForAsync("is passed over: there is no terminal");
    }
}
