using Hotplate.Cli;
using Hotplate.Settings;

namespace Hotplate.Tests.Cli;

public class HelpTextTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(110)]
    public void No_line_is_wider_than_the_terminal_and_none_ends_in_a_blank(int width)
    {
        Assert.All(HelpText.Make(width).Split('\n'), line =>
        {
            Assert.True(line.Length <= Math.Max(width, 110), line);
            Assert.Equal(line.TrimEnd(), line);
        });
    }

    [Fact]
    public void Every_setting_is_in_it() => Assert.All(SettingTable.All, setting => Assert.Contains($"{setting.Flag} {setting.Hint}", HelpText.Make(100)));
}
