using Hotplate.Generate;

namespace Hotplate.Tests.Generate;

/// <summary>hotplate generate, as it is typed.</summary>
[Trait("starts", "processes")]
public sealed class GenerateVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GenerateVerbTests() => _folder.Write("shop.py", "raise SystemExit('nobody needs to import it')\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_file_goes_to_standard_output_and_nothing_else_does()
    {
        var told = await RunAsync("nginx", "shop:app");
        Assert.Equal((0, ""), (told.ExitCode, told.Errors));
        Assert.StartsWith("# nginx before Hotplate", told.Output);
    }

    [Fact]
    public async Task Of_several_the_first_goes_there_and_the_rest_is_told_of()
    {
        var told = await RunAsync("dockerfile", "shop:app");
        Assert.Contains("FROM hotplate\n", told.Output);
        Assert.Contains(".dockerignore: -o FOLDER writes all of them", told.Errors);
    }

    [Fact]
    public async Task A_folder_gets_all_of_them_and_what_somebody_changed_stays()
    {
        Assert.Equal(0, (await RunAsync("beanstalk", "shop:app", "-o", "there")).ExitCode);
        var made = Directory.GetFiles(_folder.File("there"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.File("there"), path)).Order(StringComparer.Ordinal);
        Assert.Equal([".ebextensions/hotplate.config", ".platform/nginx/conf.d/hotplate.conf", "Procfile"], made);
        Assert.Equal(0, (await RunAsync("beanstalk", "shop:app", "-o", "there")).ExitCode);
        _folder.Write("there/.ebextensions/hotplate.config", "mine\n");
        File.Delete(_folder.File("there/Procfile"));
        var told = await RunAsync("beanstalk", "shop:app", "-othere/");
        Assert.Equal(1, told.ExitCode);
        Assert.StartsWith("HP141", told.Errors);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(_folder.File("there/.ebextensions/hotplate.config"), CancellationToken.None));
        Assert.False(File.Exists(_folder.File("there/Procfile")));
    }

    [Fact]
    public async Task A_file_is_called_as_was_said()
    {
        Assert.Equal(0, (await RunAsync("haproxy", "shop:app", "-o", "here.cfg")).ExitCode);
        Assert.Contains("backend shop", await File.ReadAllTextAsync(_folder.File("here.cfg"), CancellationToken.None));
    }

    [Theory]
    [InlineData(2, "HP108", "Did you mean nginx?", "ngnix", "shop:app")]
    [InlineData(2, "HP103", "haproxy", "")]
    [InlineData(2, "HP103", "-o FILE", "nginx", "shop:app", "-o")]
    [InlineData(2, "HP106", "--timeout x", "nginx", "shop:app", "--timeout", "x")]
    [InlineData(1, "HP140", "--bind", "nginx", "shop:app", "-b", "127.0.0.1:0")]
    [InlineData(1, "HP141", "/dev/null", "nginx", "shop:app", "-o", "/dev/null/x")]
    public async Task What_is_wrong_is_told_with_its_code(int exitCode, string code, string part, params string[] words)
    {
        var told = await RunAsync([.. words.Where(static word => word.Length > 0)]);
        Assert.Equal((exitCode, ""), (told.ExitCode, told.Output));
        Assert.StartsWith(code, told.Errors);
        Assert.Contains(part, told.Errors);
    }

    [Fact]
    public async Task Only_generate_writes_files() =>
        Assert.StartsWith("HP102", (await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), "config", "shop:app", "-o", "x")).Errors);

    [Fact]
    public void Every_kind_is_on_its_page() => Assert.All(GeneratedKind.All, static kind =>
        Assert.Contains($"\n## {kind.Name}\n", File.ReadAllText(Path.Combine(House.Repository.Root, "docs/generate.md"))));

    private async Task<FinishedProgram> RunAsync(params string[] words)
    {
        string[] arguments = [await BuiltFront.PathAsync(), "generate", .. words];
        return await FinishedProgram.RunAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\"", "bash", _folder.Path, .. arguments]);
    }
}
