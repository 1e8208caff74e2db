using Hotplate.Cli;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Cli;

/// <summary>The folder that the command was started in is named by the way the user went, when that leads there.</summary>
public sealed class WorkingFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_link_to_it_is_kept()
    {
        Directory.CreateDirectory(folder.File("one"));
        File.CreateSymbolicLink(folder.File("current"), "one");
        Assert.Equal(folder.File("current"), WorkingFolder.Path(folder.File("current"), folder.File("one")));
    }

    [Theory]
    [InlineData("two")]
    [InlineData("nowhere")]
    [InlineData("")]
    public void What_leads_elsewhere_is_passed_over(string pwd)
    {
        Directory.CreateDirectory(folder.File("one"));
        Directory.CreateDirectory(folder.File("two"));
        Assert.Equal(folder.File("one"), WorkingFolder.Path(pwd.Length == 0 ? null : folder.File(pwd), folder.File("one")));
    }

    [Fact]
    public void A_relative_one_is_passed_over() => Assert.Equal("/", WorkingFolder.Path(".", "/"));
}
