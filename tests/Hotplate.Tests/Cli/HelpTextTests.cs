using Hotplate.Cli;
using Hotplate.Settings;

namespace Hotplate.Tests.Cli;

public class HelpTextTests
{
    private static readonly Paint s_plain = new(redirected: true, noColor: null, "xterm");

    /// <summary>The first page has no name.</summary>
    public static TheoryData<string> Topics => ["", .. CommandLine.Verbs.Except(["help", "version"])];

    [Theory]
    [MemberData(nameof(Topics))]
    public void No_line_is_wider_than_the_terminal_and_none_ends_in_a_blank(string topic)
    {
        foreach (var width in new[] { 50, 72, 80, 110 })
        {
            Assert.All(HelpText.Make(topic, width, s_plain).Split('\n'), line =>
            {
                // What may be copied is not broken, nor is the longest flag.
                Assert.True(line.Length <= width || line.StartsWith("  hotplate ", StringComparison.Ordinal) || line.StartsWith("  -", StringComparison.Ordinal)
                    || line.StartsWith("      --", StringComparison.Ordinal) || line.StartsWith("hotplate ", StringComparison.Ordinal), $"{width}: {line}");
                Assert.Equal(line.TrimEnd(), line);
            });
        }
    }

    [Fact]
    public void At_eighty_columns_nothing_is_wider() => Assert.All(Topics, topic =>
        Assert.All(HelpText.Make(topic.Data, 80, s_plain).Split('\n'), line => Assert.True(line.Length <= 80, line)));

    [Fact]
    public void The_first_page_fits_a_screen_names_every_command_and_says_where_the_rest_is()
    {
        var page = HelpText.Make(null, 80, s_plain);
        Assert.True(page.Split('\n').Length <= 24, page);
        Assert.All(CommandLine.Verbs.Except(["help", "version"]), verb => Assert.Matches($"\n  ([a-z]+, )?{verb}[ ,]", page));
        Assert.Contains("hotplate help serve of all flags", page);
    }

    [Fact]
    public void Each_command_has_a_page_of_its_own() =>
        Assert.Equal(CommandLine.Verbs.Count - 1, Topics.Select(topic => HelpText.Make(topic.Data, 80, s_plain)).Distinct().Count());

    [Fact]
    public void Every_setting_is_in_that_of_serve() => Assert.All(SettingTable.All, setting => Assert.Contains($"{setting.Flag} {setting.Hint}", HelpText.Make("serve", 100, s_plain)));

    [Theory]
    [InlineData(false, null, "xterm", true)]
    [InlineData(false, "", "xterm", true)]
    [InlineData(true, null, "xterm", false)]
    [InlineData(false, "1", "xterm", false)]
    [InlineData(false, null, "dumb", false)]
    [InlineData(false, null, null, false)]
    public void Colour_is_for_terminals_alone_and_for_who_wants_it(bool redirected, string? noColor, string? terminal, bool coloured)
    {
        var paint = new Paint(redirected, noColor, terminal);
        Assert.Equal(coloured ? "\u001b[1;31mHP104\u001b[0m" : "HP104", paint.Error("HP104"));
        Assert.Equal(coloured, HelpText.Make("serve", 80, paint).Contains('\u001b'));
    }

    [Fact]
    public void What_a_code_means_can_be_asked_for()
    {
        var section = ErrorDocument.Section("hp204")!.Value;
        Assert.Equal("The application failed while it was imported", section.Title);
        Assert.StartsWith("HP204  The application failed while it was imported\n\nIt raised an exception", HelpText.OfCode("HP204", section.Title, section.Text, 80, s_plain));
        Assert.Null(ErrorDocument.Section("HP999"));
        Assert.Null(ErrorDocument.Section("serve"));
    }
}
