using Hotplate.Tests.House;

namespace Hotplate.Tests.Example;

/// <summary>The README's command: the launcher serves examples/guestbook. A visitor with a browser is in RealApps.</summary>
public sealed class GuestbookTests
{
    [Fact]
    public async Task Its_pages_files_and_streams_are_there()
    {
        using var folder = new TemporaryFolder();
        await BuiltFront.PathAsync();
        string[] arguments = ["serve", "examples/guestbook/app.py", "-b", "127.0.0.1:0", "-e", $"GUESTBOOK_DATA={folder.Path}"];
        await using var server = ServerProcess.Launch(BuiltFront.Launcher, arguments, Repository.Root, new Dictionary<string, string>());
        await server.ListeningAsync();
        Assert.Contains("<html", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.StartsWith("text/css", (await server.GetAsync("/static/bench.css"))["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(404, (await server.GetAsync("/nowhere")).Status);
        Assert.Equal(500, (await server.GetAsync("/boom")).Status);
        var streamed = await server.GetAsync("/warm-up?steps=3&pause=0.05");
        Assert.Equal((200, Framing.Chunked, true), (streamed.Status, streamed.Framing, streamed.IsComplete));
        await server.StopAsync();
    }
}
