using System.Diagnostics;
using System.Text.Json;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Worker;

/// <summary>What a broken front could send: the worker carries on or says what is wrong and exits with 3; it never crashes and never hangs.</summary>
public class MutatedStreamTests
{
    [Fact]
    public async Task A_hundred_thousand_mutated_frames_end_no_worker_by_a_signal_and_hang_none()
    {
        var driver = Path.Combine(Repository.Root, "tests/Hotplate.Tests/Worker/mutated_streams.py");
        var start = new ProcessStartInfo(Pythons.Any, [driver, Pythons.Extension, Path.Combine(Repository.Root, "docs/wire.md"), "100000", "1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.True(said.GetProperty("frames").GetInt32() >= 100_000, said.ToString());
        Assert.Equal(["exit 0", "exit 3"], said.GetProperty("ends").EnumerateObject().Select(end => end.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("Traceback", await errors);
    }
}
