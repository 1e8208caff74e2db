using Hotplate.Tests.Generate;

namespace Hotplate.Tests.Cli;

/// <summary>The units that pages show: systemd understands every line, and what a site is started with gives little away.</summary>
[Trait("starts", "processes")]
[Trait("needs", "systemd")]
public sealed class DocumentedUnitTests
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    public static TheoryData<string> Pages => [.. DocumentedPage.All.Where(static page => Units(page).Any()).Select(static page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Systemd_understands_it(string page)
    {
        using var folder = new TemporaryFolder();
        foreach (var unit in Units(DocumentedPage.Of(page)))
        {
            // A word that it does not know is a line on stderr, and no failure.
            var told = await FinishedProgram.RunAsync(Found(), "verify", await WrittenAsync(folder, unit));
            Assert.Equal((0, ""), (told.ExitCode, told.Errors));
        }
    }

    [Fact]
    public void The_lines_that_give_little_away_are_those_of_a_site()
    {
        // Whose level is what InstallTests look at.
        var lines = DocumentedPage.Of("docs/security.md").Blocks("ini").Single().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var made = ShopSites.Text("systemd", ShopSites.Of("/usr/share", "shop:app", "-b", "127.0.0.1:8000")).Split('\n');
        Assert.Equal(["ReadWritePaths=/srv/shop/data"], lines.Except(made));
    }

    private static IEnumerable<string> Units(DocumentedPage page) => page.Blocks("ini").Where(static block => block.Contains("ExecStart=", StringComparison.Ordinal));

    private static string Found()
    {
        Assert.SkipUnless(File.Exists(Analyze), "systemd-analyze is not installed");
        return Analyze;
    }

    /// <summary>With a program that is here, in the place of one that is installed there.</summary>
    private static async Task<string> WrittenAsync(TemporaryFolder folder, string unit) =>
        folder.Write("shop.service", unit.Replace("/usr/bin/hotplate", await BuiltFront.PathAsync(), StringComparison.Ordinal));
}
