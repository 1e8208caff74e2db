namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333: wsgi.multithread and wsgi.multiprocess tell the truth.</summary>
public sealed class ConcurrencyFlagTests
{
    [Theory]
    [InlineData("1", "1", false, false)]
    [InlineData("2", "1", false, true)]
    [InlineData("1", "4", true, false)]
    [InlineData("2", "4", true, true)]
    public async Task They_follow_from_workers_and_threads(string workers, string threads, bool multithread, bool multiprocess)
    {
        await using var server = await ServerProcess.StartAsync("environ", "-w", workers, "--threads", threads);
        var environ = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.Equal(multithread, environ.GetProperty("wsgi.multithread").GetProperty("value").GetBoolean());
        Assert.Equal(multiprocess, environ.GetProperty("wsgi.multiprocess").GetProperty("value").GetBoolean());
    }
}
