using System.Text;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class EnvFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("A = b ", "b")]
    [InlineData("export A=b", "b")]
    [InlineData("  export\tA=b", "b")]
    [InlineData("A=", "")]
    [InlineData("A=''", "")]
    [InlineData("A=two words", "two words")]
    [InlineData("A=b # a comment", "b")]
    [InlineData("A= # a comment", "")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=#b", "#b")]
    [InlineData("A=\"b # c\" # a comment", "b # c")]
    [InlineData("A='it\\'s \\n'", "it's \\n")]
    [InlineData("A=\"it's \\\"here\\\"\\n\\\\\\d\"", "it's \"here\"\n\\\\d")]
    [InlineData("A=\"-----BEGIN\nMII\n-----END\"", "-----BEGIN\nMII\n-----END")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A=$HOME/${B}", "$HOME/${B}")]
    [InlineData("A=it's", "it's")]
    [InlineData("A=b\r\nB=c\r\n", "b")]
    [InlineData("A='b'\r\n", "b")]
    [InlineData("\uFEFFA=b", "b")]
    [InlineData("# first\n\n  # second\nA=b", "b")]
    [InlineData("A=first\nA=last", "last")]
    public void A_line_is_read_as_its_neighbours_read_it(string text, string value) =>
        Assert.Equal(value, EnvFile.Read(_folder.Write(".env", text)).Last(static one => one.Key == "A").Value);

    [Theory]
    [InlineData("A=b\nNAME\n", 2)]
    [InlineData("A=b\n\n=c", 3)]
    [InlineData("A B=c", 1)]
    [InlineData("export =c", 1)]
    [InlineData("A='b\nc", 1)]
    [InlineData("A=b\nB=\"two\nlines\" c", 3)]
    [InlineData("A=\"two\nlines\"\n\nB", 4)]
    [InlineData("'A'=b", 1)]
    public void What_is_wrong_has_its_file_and_line(string text, int line)
    {
        var path = _folder.Write(".env", text);
        var problem = Assert.Throws<SettingException>(() => EnvFile.Read(path));
        Assert.Equal(ErrorCode.BadEnvFile, problem.Code);
        Assert.StartsWith($"{path}:{line}: ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_and_a_folder_are_told()
    {
        Assert.Contains("there is no file", Assert.Throws<SettingException>(() => EnvFile.Read(_folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<SettingException>(() => EnvFile.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_stay_as_they_are()
    {
        var path = _folder.File(".env");
        File.WriteAllBytes(path, [.. "A="u8, 0xE9]);
        Assert.Equal([0xE9], OsText.Encode(EnvFile.Read(path)[0].Value));
    }
}
