namespace Hotplate.Tests.Serving;

/// <summary>The front as process 1 of a container: every orphan is its child, and must not stay as a zombie.</summary>
public sealed class ProcessOneTests
{
    [Fact]
    public async Task Orphans_are_waited_for()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "only root can make a namespace of processes");
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os

            def app(environ, start_response):
                if environ["PATH_INFO"] == "/job":
                    for _ in range(5):
                        child = os.fork()
                        if child == 0:
                            os.fork()
                            os._exit(0)
                        os.waitpid(child, 0)
                zombies = 0
                for name in filter(str.isdigit, os.listdir("/proc")):
                    try:
                        with open(f"/proc/{name}/stat") as file:
                            zombies += file.read().rpartition(")")[2].split()[:2] == ["Z", "1"]
                    except OSError:
                        pass
                start_response("200 OK", [])
                return [b"%d %d" % (zombies, os.getppid())]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Through = ["unshare", "-p", "-f", "--mount-proc", "--kill-child"] }.StartAsync();
        await server.GetAsync("/job");
        await server.GetAsync("/job");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text.StartsWith("0 ", StringComparison.Ordinal), "no zombies are left");
    }
}
