using Hotplate.Http;

namespace Hotplate.Tests.Http;

public class TracebackTextTests
{
    [Fact]
    public void Each_place_has_the_code_around_its_line()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("app.py", string.Join('\n', Enumerable.Range(1, 20).Select(number => $"    line_{number} = <{number}>")));
        var html = TracebackText.ToHtml($"Traceback (most recent call last):\n  File \"{file}\", line 12, in <module>\n    line_12 = <12>\n              ^^^^\nNameError: x");
        Assert.Contains($"<details open><summary><b>{file}</b>:12 in &lt;module&gt;</summary>", html);
        Assert.Contains(" 8      line_8 = &lt;8&gt;\n", html);
        Assert.Contains("<mark>12      line_12 = &lt;12&gt;</mark>\n<i>                  ^^^^</i>\n13  ", html);
        Assert.DoesNotContain("line_7 ", html);
        Assert.DoesNotContain("line_17 ", html);
        Assert.EndsWith("<p class=\"said\">NameError: x</p>\n", html);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/nowhere/app.py")]
    [InlineData("app.py")]
    public void What_is_no_Python_file_is_not_read(string file) => Assert.Contains(
        $"<details><summary><b>{file}</b>:1</summary><pre>    quoted</pre></details>", TracebackText.ToHtml($"  File \"{file}\", line 1\n    quoted"));
}
