using Hotplate.Tests.Fixtures;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>The trials of tests/chaos in short: they judge what is lost, not how long it takes. docs/reliability.md has the long ones.</summary>
public class ChaosTests
{
    [Theory]
    [InlineData("kill_workers", "--seconds", "5")]
    [InlineData("kill_workers", "--seconds", "5", "--preload", "off", "--rate", "1")]
    [InlineData("record_once", "--seconds", "5")]
    [InlineData("poison", "--seconds", "5")]
    [InlineData("stuck")]
    [InlineData("exhaustion")]
    [InlineData("overload", "--seconds", "6")]
    [InlineData("soak", "--seconds", "15", "--every", "2")]
    [InlineData("reloads", "--times", "5", "--seconds", "1")]
    [InlineData("upgrades", "--times", "4", "--seconds", "1")]
    [InlineData("changes", "--seconds", "6")]
    [InlineData("broken_reloads")]
    [InlineData("kill_front", "--times", "2")]
    [InlineData("preload", "--times", "2")]
    [InlineData("memory", "--seconds", "5", "--limit", "256", "--idle", "1000", "--heads", "300", "--uploads", "200", "--readers", "40", "--streams", "10")]
    [InlineData("refused", "--seconds", "1")]
    [InlineData("idle_connections", "--seconds", "3", "--idle", "300", "--slow", "50", "--readers", "20", "--turns", "1")]
    public async Task The_promise_is_kept(string trial, params string[] arguments)
    {
        var ended = await FinishedProgram.RunAsync("/usr/bin/python3", ["-B", Path.Combine(Repository.Root, "tests", "chaos", trial + ".py"), "--lenient", .. arguments]);
        TestContext.Current.TestOutputHelper!.WriteLine(ended.Output + ended.Errors);
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
    }
}
