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
        ["./bench"] = "it measures for minutes to hours, with servers that are not everywhere",
        ["tests/chaos/"] = "a trial takes minutes and has a test of its own (ChaosTests); that it knows its flags is tested",
    };

    private readonly TemporaryFolder _folder = new();

    public DocumentedCommandTests()
    {
        const string app = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'served']\n\n\ndef create_app(kind):\n    return app\n";
        _folder.Write("shop.py", app);
        _folder.Write("shop/app.py", app);
        _folder.Write("shop.wsgi", app + "\n\napplication = app\n");
        _folder.Write("wsgi.py", app);
        _folder.Write(".env", "A=b\n");
        _folder.Write("secrets.env", "C=d\n");
        _folder.Write("gunicorn.conf.py", "timeout = 17\n");
    }

    public static TheoryData<string, string> Commands => [.. Shown().Where(static shown => shown.Command.StartsWith("hotplate ", StringComparison.Ordinal))
        .SelectMany(static shown => Expanded(shown.Command).Select(command => (shown.Page, command))).Distinct()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task It_works(string page, string command)
    {
        var words = GunicornArguments.Split(command)[1..];
        switch (words[0])
        {
            case "serve" or "dev":
                await ServesAsync(words);
                break;
            case "check" or "config" or "help" or "version":
                var place = words[0] is "check" or "config" ? new[] { "--bind", "127.0.0.1:0", "--python", Pythons.With("flask") } : [];
                var told = await RunAsync(words, place);
                Assert.True(told.ExitCode == 0, $"{page}: {command}\n{told.Output}{told.Errors}");
                break;
            default:
                var control = _folder.File("control");
                await using (var server = await new ServerCommand("hello") { Flags = ["--control", control] }.StartAsync())
                {
                    var asked = await RunAsync(words, "--control", control);
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
    public async Task Bash_completes_with_what_the_README_says()
    {
        var block = Blocks(Path.Combine(Repository.Root, "README.md")).Single(static block => block.Contains("COMPREPLY", StringComparison.Ordinal));
        var script = $"hotplate() {{ '{await BuiltFront.PathAsync()}' \"$@\"; }}\n{block}\nCOMP_LINE='hotplate st' COMP_POINT=11\n_hotplate\necho \"${{COMPREPLY[@]}}\"";
        Assert.Equal("stacks status\n", await FinishedProgram.OutputOfAsync("bash", "-c", script));
    }

    [Fact]
    public void Commands_in_the_text_have_verbs_and_flags_that_there_are()
    {
        var wrong =
            from page in Pages()
            from Match match in Inline().Matches(File.ReadAllText(page))
            let command = match.Groups[1].Value.Replace('\n', ' ')
            let read = ArgumentReader.Read(GunicornArguments.Split(command.Replace("…", "", StringComparison.Ordinal))[1..])
            where read.Problems.Any(static problem => problem.Code == ErrorCode.UnknownFlag) || (read.Verb is { } verb && !CommandLine.Verbs.Contains(verb))
            select $"{Repository.Name(page)}: {command}";
        Assert.Empty(wrong);
    }

    private async Task ServesAsync(List<string> words)
    {
        var isExample = words.Any(static word => word.StartsWith("examples/", StringComparison.Ordinal));
        await using var server = await new ServerCommand("")
        {
            Verb = words[0],
            Target = words.Count > 1 ? words[1] : "",
            Flags = [.. words.Skip(2), "-b", "127.0.0.1:0"],
            Needs = isExample ? ["flask"] : [],
            Directory = isExample ? Repository.Root : _folder.Path,
        }.StartAsync();
        Assert.Equal(200, (await server.GetAsync("/")).Status);
    }

    private async Task<FinishedProgram> RunAsync(IEnumerable<string> words, params string[] more)
    {
        string[] arguments = [await BuiltFront.PathAsync(), .. words, .. more];
        // In the folder of the application.
        return await FinishedProgram.RunAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\"", "bash", _folder.Path, .. arguments]);
    }

    private static IEnumerable<string> Pages() => Repository.Files("docs", "*.md").Concat([Path.Combine(Repository.Root, "README.md"), Path.Combine(Repository.Root, "CONTRIBUTING.md")]);

    /// <summary>Lines of blocks that begin with a program of ours, without what is told of them to the right.</summary>
    private static IEnumerable<(string Page, string Command)> Shown() =>
        from page in Pages()
        from block in Blocks(page)
        from line in block.Split('\n')
        where Program().IsMatch(line)
        let command = Remark().Replace(line, "").Replace("./hotplate ", "hotplate ", StringComparison.Ordinal).Replace("…", "", StringComparison.Ordinal).TrimEnd()
        where command != "hotplate serve"
        select (Repository.Name(page), command);

    /// <summary><c>hotplate ps | stacks</c> is two, <c>[--json]</c> is with and without.</summary>
    private static IEnumerable<string> Expanded(string command)
    {
        var verbs = command["hotplate ".Length..].Split(" | ");
        var all = verbs.Length > 1 && verbs.All(static verb => !verb.Contains(':', StringComparison.Ordinal)) ? verbs.Select(static verb => "hotplate " + verb) : [command];
        return all.SelectMany(static one => one.Contains(" [--json]", StringComparison.Ordinal)
            ? new[] { one.Replace(" [--json]", "", StringComparison.Ordinal), one.Replace("[--json]", "--json", StringComparison.Ordinal) }
            : [one]);
    }

    private static IEnumerable<string> Blocks(string page) => Fence().Matches(File.ReadAllText(page)).Where(static match => match.Groups[1].Value is "" or "sh" or "bash").Select(static match => match.Groups[2].Value);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```[ ]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(hotplate|\./hotplate|\./test|\./bench|tests/chaos/\w+\.py)( |$)")]
    private static partial Regex Program();

    [GeneratedRegex(@"(\s{2,}|\s+# ).*$")]
    private static partial Regex Remark();

    [GeneratedRegex(@"`(hotplate [^`]+)`")]
    private static partial Regex Inline();
}
