using System.Diagnostics;

namespace Hotplate.Tests.Worker;

/// <summary>Whether there is room for one more thread, by the control groups of a process.</summary>
public sealed class ThreadRoomTests
{
    [Theory]
    [InlineData("0::/a/b", "a/pids.max=100 a/pids.current=60 a/b/pids.max=max a/b/pids.current=60", true)]
    [InlineData("0::/a/b", "a/pids.max=100 a/pids.current=75 a/b/pids.max=max", false)]
    [InlineData("0::/a/b", "a/b/pids.max=1000 a/b/pids.current=967", true)]
    [InlineData("0::/a/b", "a/b/pids.max=1000 a/b/pids.current=968", false)]
    [InlineData("0::/", "pids.max=40 pids.current=29", true)]
    [InlineData("0::/", "pids.max=40 pids.current=30", false)]
    [InlineData("0::/docker/of/the/host", "pids.max=40 pids.current=30", false)]
    [InlineData("4:pids:/x", "pids/x/pids.max=8 pids/x/pids.current=6", false)]
    [InlineData("4:memory:/x", "memory/x/pids.max=8 memory/x/pids.current=6", true)]
    [InlineData("0::/", "", true)]
    public async Task It_keeps_a_reserve_for_others(string groups, string files, bool expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("groups", groups + "\n");
        foreach (var file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            folder.Write("root/" + file.Split('=')[0], file.Split('=')[1] + "\n");
        }
        var code = $"import sys; sys.path.insert(0, {Quote(Path.Combine(House.Repository.Root, "python"))}); "
            + $"from hotplate_worker.room import Room; print(Room({Quote(folder.File("groups"))}, {Quote(folder.File("root"))}).is_there())";

        var start = new ProcessStartInfo(Pythons.Any, ["-c", code]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected ? "True" : "False", said.Trim());
    }

    private static string Quote(string text) => $"'{text}'";
}
