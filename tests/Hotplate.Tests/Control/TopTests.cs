using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Control;

/// <summary><c>hotplate top</c>, in a terminal and out of one.</summary>
public sealed class TopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_shows_what_runs_and_its_keys_end_a_request_and_load_anew()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--control", Socket, "-n", "shop");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", "/sleep?s=600", ["X-Request-Id: the-first"]);
        using var top = await StartAsync();
        await top.SeesAsync(@"^ shop  serving, up \S+");
        await top.SeesAsync(@"^>shop +serving +1 +0 +1 ");
        await top.SeesAsync($@"^ +1 +{server.Workers[0]} +shop +ready ");
        await top.SeesAsync(@"^>the-first +\S+s +running .*GET /sleep\?s=600");
        await top.TypeAsync("k");
        await top.SeesAsync(@"^ End GET /sleep\?s=600 for its client\?");
        await top.TypeAsync("n");
        await top.SeesAsync("^ q quit   s sorted by worker ");
        await top.TypeAsync("s");
        await top.SeesAsync("^ q quit   s sorted by cpu ");
        await top.TypeAsync("ky");
        Assert.Equal(503, (await client.ReadAsync()).Status);
        await top.SeesAsync(@"^ GET /sleep\?s=600 was ended");
        await top.TypeAsync("r");
        await top.SeesAsync("^ shop: generation [23] serves");
        await top.SeesAsync("no requests in flight");
        await top.TypeAsync("q");
        await top.SeesAsync("^exit 0$");
        await top.SeesAsync("^as before$");
    }

    [Fact]
    public async Task Arrows_choose_the_application_that_is_loaded_anew()
    {
        foreach (var app in new[] { "blog", "shop" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, app));
            folder.Write(
                Path.Combine(app, "app.py"), "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'ok']\n");
        }
        folder.Write(
            "hotplate.toml", "bind = \"127.0.0.1:0\"\n[apps.blog]\nchdir = \"blog\"\ntarget = \"app:app\"\n"
                + "[apps.shop]\nchdir = \"shop\"\ntarget = \"app:app\"\n"
                + "[[routes]]\napp = \"blog\"\n[[routes]]\npath = \"/shop/*\"\napp = \"shop\"\n");
        await using var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "",
            IsBare = true,
            Flags = ["--control", Socket],
        }.StartAsync();
        using var top = await StartAsync();
        await top.SeesAsync("^>blog +serving ");
        await top.TypeAsync("\x1b[C");
        await top.SeesAsync("^>shop +serving ");
        await top.TypeAsync("r");
        await top.SeesAsync("^>shop .*ago, serves");
        Assert.DoesNotContain(top.Shown.Lines, static line => Regex.IsMatch(line, "^.blog .*ago, serves"));
        await top.TypeAsync("\x3");
        await top.SeesAsync("^exit 0$");
    }

    [Fact]
    public async Task A_server_that_ends_is_told_and_the_keys_still_work()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--control", Socket);
        using var top = await StartAsync();
        await top.SeesAsync("^ no requests in flight");
        await server.StopAsync();
        await top.SeesAsync(@"^ q quits\. HP40[46] ");
        await top.TypeAsync("q");
        await top.SeesAsync("^exit 0$");
    }

    [Fact]
    public async Task Without_a_terminal_it_is_one_page()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--control", Socket, "-n", "shop");
        var page = await ClientCommand.OutputAsync("top", "--control", Socket);
        Assert.DoesNotContain('\x1b', page);
        Assert.Matches(@"^shop  serving, up \S+.*\n1 worker, 0 in flight, 0 waiting, \d+\.\d answers/s, 0\.0 5xx/s, \d+ % CPU, \d+M\n", page);
        Assert.Matches(@"\nAPP +STATE +WORKERS .*\nshop +serving +1 ", page);
        Assert.EndsWith("\nno requests in flight\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_it_says_so()
    {
        var ended = await ClientCommand.RunAsync("top", "--control", Socket);
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("HP404 ", ended.Errors, StringComparison.Ordinal);
        ended = await ClientCommand.RunAsync("top", "--json");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("--json", ended.Errors, StringComparison.Ordinal);
    }

    private async Task<SeenScreen> StartAsync()
    {
        var start = new ProcessStartInfo(Pythons.Usual)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        string[] words = [Path.Combine(ServerCommand.FolderOf("slow"), "screen.py"), await BuiltFront.PathAsync(), "top", "--control", Socket];
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }
        return new SeenScreen(Process.Start(start)!);
    }

    /// <summary>A terminal in which a program runs.</summary>
    private sealed class SeenScreen : IDisposable
    {
        private readonly Process process;

        internal SeenScreen(Process process)
        {
            this.process = process;
            _ = Shown.ReadAsync(process.StandardOutput);
        }

        /// <summary>All that was to be seen, screen by screen.</summary>
        internal LineLog Shown { get; } = new("the terminal");

        internal Task<string> SeesAsync(string pattern) => Shown.WaitForAsync(line => Regex.IsMatch(line, pattern), pattern);

        internal async Task TypeAsync(string keys)
        {
            await process.StandardInput.WriteAsync(keys);
            await process.StandardInput.FlushAsync();
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
            process.Dispose();
        }
    }
}
