namespace Hotplate.Tests.Serving;

/// <summary>One extension serves every CPython of this machine, and a virtual environment of each.</summary>
public sealed class EveryPythonTests
{
    private const string DebianPackages = "/usr/lib/python3/dist-packages";

    public static MatrixTheoryData<string, bool> All { get; } = new(Pythons.Supported.Select(python => python.Path), [false, true]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_runs_the_matrix_under_the_validator(string python, bool venv)
    {
        await using var server = await ServerProcess.StartAsync("validator", await ChooseAsync(python, venv));
        await CheckedMatrix.RunAsync(server, keepAlive: true);
        Assert.Equal("[]", (await server.GetAsync("/unraisable")).Text);
        await server.StopAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_reads_streams_fails_and_goes_on(string python, bool venv)
    {
        await using var server = await ServerProcess.StartAsync("exc_info", await ChooseAsync(python, venv));
        Assert.Equal(500, (await server.GetAsync("/raise")).Status);
        Assert.Equal("replaced", (await server.GetAsync("/before")).Text);
        Assert.False((await server.GetAsync("/after")).IsComplete);
        Assert.Equal("hello", (await server.GetAsync("/hello")).Text);
        await server.StopAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_serves_Flask(string python, bool venv)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(DebianPackages, "flask")), "Debian's Flask is not installed");
        await using var server = await ServerProcess.StartAsync("flask_hello", [.. await ChooseAsync(python, venv), "--pythonpath", DebianPackages, "--preload", "on"]);
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        Assert.Contains("a &lt; b &amp; c &gt; d", (await server.GetAsync("/page")).Text, StringComparison.Ordinal);
        Assert.Equal("400000", (await server.SendAsync("POST", "/echo", new byte[400_000])).Text);
        Assert.Equal(20_480, (await server.GetAsync("/static/20k.txt")).Body.Length);
        var sleepers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/sleep?s=0.05")));
        Assert.All(sleepers, answer => Assert.Equal("slept", answer.Text));
        await server.StopAsync();
    }

    private static async Task<string[]> ChooseAsync(string python, bool venv) => venv ? ["--venv", await Pythons.VenvAsync(python)] : ["--python", python];
}
