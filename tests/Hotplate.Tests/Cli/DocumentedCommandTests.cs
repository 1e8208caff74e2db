using System.Text.RegularExpressions;
using Hotplate.Cli;
using Hotplate.Settings;
using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Cli;

/// <summary>Every command that README and docs/ show is run, and does what a reader expects: it serves, tells, or finds nothing wrong.</summary>
[Trait("starts", "processes")]
public sealed partial class DocumentedCommandTests : IDisposable
{
    /// <summary>What begins so is not run, and why.</summary>
    private static readonly Dictionary<string, string> s_notRun = new(StringComparer.Ordinal)
    {
        ["./test"] = "it is what runs this",
        ["./release"] = "it builds for minutes, for two machines",
        ["./bench"] = "it measures for minutes to hours, with servers that are not everywhere",
        ["tests/chaos/"] = "a trial takes minutes and has a test of its own (ChaosTests); that it knows its flags is tested",
    };

    private readonly TemporaryFolder _folder = new();

    public DocumentedCommandTests()
    {
        const string app = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'served']\n\n\ndef create_app(kind):\n    return app\n\n\napplication = app\n";
        foreach (var name in new[] { "shop.py", "shop/app.py", "main.py", "app.py", "application.py", "run.py", "passenger_wsgi.py", "shop.wsgi", "wsgi.py" })
        {
            _folder.Write(name, app);
        }
        _folder.Write(".env", "A=b\n");
        _folder.Write("secrets.env", "C=d\n");
        _folder.Write("gunicorn.conf.py", "timeout = 17\n");
        using var authority = new TestAuthority();
        foreach (var name in new[] { "shop", "api" })
        {
            authority.Write(_folder.Path, name, $"{name}.example.org");
        }
        File.Copy(_folder.File("shop.pem"), _folder.File("fullchain.pem"));
        File.Copy(_folder.File("shop.key"), _folder.File("privkey.pem"));
        _folder.Write("clients-ca.pem", authority.RootPem);
    }

    public static TheoryData<string, string> Commands => [.. Shown().Where(static shown => shown.Command.StartsWith("hotplate ", StringComparison.Ordinal))
        .SelectMany(static shown => Expanded(shown.Command).Select(command => (shown.Page, command)))
        .Concat(DocumentedPage.All.SelectMany(static page => page.Started.Select(command => (page.Name, command)))).Distinct()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task It_works(string page, string command)
    {
        // What the reader of that page has beside the command.
        var needs = Written(page);
        // What a pipe leads to is another program.
        var own = command.Split(" | sudo ")[0];
        var words = GunicornArguments.Split(own.Replace("${DOMAIN_SOCKET}", "/run/site.sock", StringComparison.Ordinal))[1..];
        switch (words[0])
        {
            case "serve" or "dev":
                await ServesAsync(words, needs);
                break;
            case "check" or "config" or "init" or "generate" or "schema" or "help" or "version":
                string[] place = words[0] is "check" or "config" ? ["--bind", "127.0.0.1:0", "--python", Pythons.With("flask")]
                    : words[0] is "generate" or "init" ? ["--python", Pythons.Usual]
                    : [];
                words = Here(words);
                var told = await RunAsync(words, place);
                Assert.True(told.ExitCode == 0, $"{page}: {command}\n{told.Output}{told.Errors}");
                break;
            case "certificates":
                Directory.CreateDirectory(_folder.File("acme"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                var listed = await RunAsync(words, "--acme-folder", _folder.File("acme"));
                Assert.True(listed.ExitCode == 0, $"{page}: {command}\n{listed.Output}{listed.Errors}");
                break;
            case "install" or "uninstall":
                // Below another root, where nothing is run.
                string[] elsewhere = ["--root", _folder.File("root"), "--yes"];
                var site = words[0] == "install" ? words : ["install", "shop", "shop:app"];
                var installed = await RunAsync(site, [.. elsewhere, "--python", Pythons.With("flask")]);
                var done = words[0] == "install" ? installed : await RunAsync(words, elsewhere);
                Assert.True(installed.ExitCode == 0 && done.ExitCode == 0, $"{page}: {command}\n{installed.Errors}{done.Output}{done.Errors}");
                break;
            case "logs":
                await using (var server = await new ServerCommand("hello") { Flags = ["--control", _folder.File("control"), "--error-logfile", _folder.File("error.log")] }.LaunchAsync())
                {
                    await Patience.UntilAsync(() => File.Exists(_folder.File("error.log")) && File.ReadAllText(_folder.File("error.log")).Contains("Ready:", StringComparison.Ordinal), "it serves");
                    var log = await RunAsync(words, "--control", _folder.File("control"));
                    Assert.True(log.ExitCode == 0, $"{page}: {command}\n{log.Output}{log.Errors}");
                }
                break;
            default:
                var control = _folder.File("control");
                await using (var server = await new ServerCommand("hello") { Flags = ["--control", control, "--name", "shop"] }.StartAsync())
                {
                    var asked = await RunAsync(Here(words), "--control", control);
                    // Nobody's request has the id that the page shows.
                    Assert.True(words[0] == "kill" ? asked.Errors.StartsWith("HP407", StringComparison.Ordinal) : asked.ExitCode == 0, $"{page}: {command}\n{asked.Output}{asked.Errors}");
                }
                break;
        }
    }

    [Fact]
    public void What_is_not_run_has_a_reason_and_is_there()
    {
        Assert.NotEmpty(Commands);
        Assert.All(Shown().Where(static shown => !shown.Command.StartsWith("hotplate ", StringComparison.Ordinal)), static shown =>
        {
            var program = shown.Command.Split(' ')[0];
            Assert.True(s_notRun.Keys.Any(known => program.StartsWith(known, StringComparison.Ordinal)), $"{shown.Page}: {shown.Command} is neither run nor has a reason");
            Assert.True(File.Exists(Path.Combine(Repository.Root, program)), program);
        });
    }

    [Fact]
    public async Task A_trial_knows_the_flags_that_are_shown()
    {
        foreach (var trial in Shown().Where(static shown => shown.Command.StartsWith("tests/", StringComparison.Ordinal)).GroupBy(static shown => shown.Command.Split(' ')[0]))
        {
            var help = await FinishedProgram.OutputOfAsync("python3", Path.Combine(Repository.Root, trial.Key), "--help");
            Assert.All(trial.SelectMany(static shown => shown.Command.Split(' ')).Where(static word => word.StartsWith("--", StringComparison.Ordinal)), flag => Assert.Contains(flag, help));
        }
    }

    [Fact]
    public async Task Bash_completes_with_what_the_page_says()
    {
        var block = DocumentedPage.Of("docs/dev.md").Shell.Single(static block => block.Contains("COMPREPLY", StringComparison.Ordinal));
        var script = $"hotplate() {{ '{await BuiltFront.PathAsync()}' \"$@\"; }}\n{block}\nCOMP_LINE='hotplate st' COMP_POINT=11\n_hotplate\necho \"${{COMPREPLY[@]}}\"";
        Assert.Equal("stacks status stop\n", await FinishedProgram.OutputOfAsync("bash", "-c", script));
    }

    [Fact]
    public void Commands_in_the_text_have_verbs_and_flags_that_there_are()
    {
        var wrong =
            from page in DocumentedPage.All
            from Match match in Inline().Matches(page.Text)
            let command = match.Groups[1].Value.Replace('\n', ' ')
            let read = ArgumentReader.Read(GunicornArguments.Split(command.Replace("…", "", StringComparison.Ordinal))[1..])
            where read.Problems.Any(static problem => problem.Code == ErrorCode.UnknownFlag) || (read.Verb is { } verb && !CommandLine.Verbs.Contains(verb))
            select $"{page.Name}: {command}";
        Assert.Empty(wrong);
    }

    private async Task ServesAsync(List<string> words, IReadOnlyList<string> needs)
    {
        var isExample = words.Any(static word => word.StartsWith("examples/", StringComparison.Ordinal));
        var flags = Here([.. words.Skip(2)]);
        // A Unix socket is one in the test's folder, and every other place is a free port.
        var socket = words.FirstOrDefault(static word => word.StartsWith("unix:/", StringComparison.Ordinal)) is { } unix ? $"unix:{_folder.File(Path.GetFileName(unix))}" : null;
        await using var server = await new ServerCommand("")
        {
            Verb = words[0],
            Target = words.Count > 1 ? words[1] : "",
            Flags = [.. flags, "-b", socket ?? "127.0.0.1:0"],
            Needs = isExample ? ["flask"] : needs,
            Directory = isExample ? Repository.Root : _folder.Path,
            Environment = flags.Contains("--https")
                ? new() { ["STATE_DIRECTORY"] = _folder.File("state") }
                : new Dictionary<string, string>(),
        }.StartAsync();
        if (flags.Contains("--certfile") || flags.Contains("--https"))
        {
            // Who must show a certificate and has none gets nothing; that it is TLS is seen all the same.
            string[] header = flags.Contains("--proxy-protocol") ? ["--haproxy-protocol"] : [];
            var asked = await FinishedProgram.RunAsync("curl", ["-ksS", "-w", "%{ssl_verify_result}", server.Addresses[0], .. header]);
            Assert.True(flags.Contains("required") ? asked.ExitCode != 0 : asked.Output.StartsWith("served", StringComparison.Ordinal),
                asked.Output + asked.Errors);
            return;
        }
        var mount = flags.IndexOf("--mount") is >= 0 and var at ? flags[at + 1] : "";
        using var client = await server.ConnectAsync();
        await client.SendAsync(flags.Contains("--proxy-protocol") ? "PROXY UNKNOWN\r\n" : "");
        var host = flags.IndexOf("--hosts") is >= 0 and var hosts ? flags[hosts + 1].Split(',')[0] : "plate.test";
        await client.RequestAsync("GET", mount + "/", [$"Host: {host}", "Connection: close"]);
        Assert.Equal(200, (await client.ReadAsync()).Status);
    }

    /// <summary>Writes the page's Python files.</summary>
    /// <returns>The packages they need.</returns>
    private List<string> Written(string name)
    {
        var files = DocumentedPage.Of(name).PythonFiles.ToList();
        files.ForEach(file => _folder.Write(file.Name, file.Text));
        return [.. new[] { "flask", "gevent" }.Where(package => files.Any(file => file.Text.Contains($"from {package} ", StringComparison.Ordinal)))];
    }

    /// <summary>The words without the places of another machine: addresses are read and left out, files are in the test's folder.</summary>
    private List<string> Here(List<string> words)
    {
        List<string> here = [];
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "-b" or "--bind":
                    var address = words[++i];
                    if (!address.StartsWith("unix:", StringComparison.Ordinal))
                    {
                        BindAddressText.Parse(address);
                    }
                    break;
                case "--proxy-allow-from":
                    TrustedProxiesText.Parse(words[++i]);
                    break;
                case "--chdir" or "--control" or "--venv":
                    i++;
                    break;
                case "--for":
                    // Nobody waits so long here.
                    here.AddRange([words[i++], "1s"]);
                    break;
                case "--domain":
                    // An authority that is not there, in the place of the world's.
                    here.AddRange([words[i], words[++i], "--https-port", "127.0.0.1:0", "--http-port", "127.0.0.1:0"]);
                    here.AddRange(["--acme-folder", _folder.File("acme"), "--acme-server", "https://127.0.0.1:9/"]);
                    break;
                case "--acme-server" or "--acme-folder":
                    i++;
                    break;
                case "--metrics":
                    here.AddRange([words[i++], "127.0.0.1:0"]);
                    break;
                case "--pid" or "--access-logfile" or "--error-logfile" when words[i + 1].StartsWith('/'):
                    here.AddRange([words[i], _folder.File(Path.GetFileName(words[++i]))]);
                    break;
                default:
                    here.Add(words[i]);
                    break;
            }
        }
        return here;
    }

    private async Task<FinishedProgram> RunAsync(IEnumerable<string> words, params string[] more)
    {
        string[] arguments = [await BuiltFront.PathAsync(), .. words, .. more];
        // In the folder of the application.
        return await FinishedProgram.RunAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\"", "bash", _folder.Path, .. arguments]);
    }

    /// <summary>Lines of blocks that begin with a program of ours, without what is told of them to the right.</summary>
    private static IEnumerable<(string Page, string Command)> Shown() =>
        from page in DocumentedPage.All
        from block in page.Shell
        from line in block.Split('\n')
        where Program().IsMatch(line)
        let command = Remark().Replace(line, "").Replace("./hotplate ", "hotplate ", StringComparison.Ordinal).Replace("…", "", StringComparison.Ordinal).TrimEnd()
        where command != "hotplate serve"
        select (page.Name, command);

    /// <summary><c>hotplate ps | stacks</c> is two, <c>[--json]</c> is with and without.</summary>
    private static IEnumerable<string> Expanded(string command)
    {
        var verbs = command["hotplate ".Length..].Split(" | ");
        var all = verbs.Length > 1 && verbs.All(static verb => !verb.Contains(':', StringComparison.Ordinal)) ? verbs.Select(static verb => "hotplate " + verb) : [command];
        return all.SelectMany(static one => one.Contains(" [--json]", StringComparison.Ordinal)
            ? new[] { one.Replace(" [--json]", "", StringComparison.Ordinal), one.Replace("[--json]", "--json", StringComparison.Ordinal) }
            : [one]);
    }

    [GeneratedRegex(@"^(hotplate|\./hotplate|\./test|\./release|\./bench|tests/chaos/\w+\.py)( |$)")]
    private static partial Regex Program();

    [GeneratedRegex(@"(\s{2,}|\s+# ).*$")]
    private static partial Regex Remark();

    [GeneratedRegex(@"`(?:sudo )?(hotplate [^`]+)`")]
    private static partial Regex Inline();
}
