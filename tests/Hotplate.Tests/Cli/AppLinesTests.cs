using Hotplate.Cli;

namespace Hotplate.Tests.Cli;

/// <summary>Which lines of a log are of one of several applications.</summary>
public class AppLinesTests
{
    [Theory]
    [InlineData("[2026-11-28 21:00:00 +0000] [4182] [ERROR] [shop 4190] 01hq shop.orders: no such article", true)]
    [InlineData("[2026-11-28 21:00:00 +0000] [4182] [ERROR] [blog 4190] 01hq shop: no such article", false)]
    [InlineData("[4182] [ERROR] [shop 4190] 01hq shop.orders: in the journal", true)]
    [InlineData("[shop 4190] printed", true)]
    [InlineData("[shop-2 4190] printed", false)]
    [InlineData("[shop2 4190] printed", false)]
    [InlineData("[2026-11-28 21:00:00 +0000] [4182] [INFO] shop: generation 2 serves; generation 1 finishes what it has", true)]
    [InlineData("[4182] [WARNING] shop worker 4190 exited: signal 9 (KILL)", true)]
    [InlineData("[4182] [WARNING] HP213  shop: one worker", true)]
    [InlineData("[4182] [INFO] Ready: shop, 1 worker; blog, 1 worker", false)]
    [InlineData("[4182] [INFO] shop2: generation 2 serves", false)]
    [InlineData("[blog 4201] shop: printed by another", false)]
    [InlineData("""{"time":"2026-11-28T21:00:00.123Z","pid":4190,"app":"shop","stream":"stdout","message":"printed"}""", true)]
    [InlineData("""{"time":"2026-11-28T21:00:00.123Z","pid":4182,"app":"blog","level":"info","message":"shop"}""", false)]
    [InlineData("""{"time":"2026-11-28T21:00:00.123Z","pid":4182,"level":"info","message":"Ready: shop"}""", false)]
    [InlineData("{no JSON", false)]
    [InlineData("below nothing", false)]
    public void A_line_is_of_the_application_that_says_it_or_that_it_begins_with(string line, bool isOurs) =>
        Assert.Equal(isOurs, new AppLines("shop").Take(line));

    [Fact]
    public void What_stands_below_a_record_belongs_to_it()
    {
        string[] log =
        [
            "[2026-11-28 21:00:00 +0000] [4182] [ERROR] [blog 4201] 01hq KeyError", "Traceback (most recent call last):", "  [indented]",
            "[2026-11-28 21:00:00 +0000] [4182] [ERROR] [shop 4190] 01hq KeyError: 'article'",
            "Traceback (most recent call last):", "  [indented]",
            "127.0.0.1 - - [28/Nov/2026:21:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"",
            "[shop 4190] printed", "21:00:00 GET /cart 200 1.5 ms",
        ];
        var lines = new AppLines("shop");
        Assert.Equal([log[3], log[4], log[5], log[7]], log.Where(lines.Take));
    }

    [Theory]
    [InlineData("Nov 28 21:00:00 plate hotplate[4182]: [shop 4190] printed", "[shop 4190] printed")]
    [InlineData("Nov  8 21:00:00 plate.example hotplate[4182]: shop", "shop")]
    [InlineData("-- Boot 0123456789abcdef --", "-- Boot 0123456789abcdef --")]
    public void A_journal_writes_something_before(string line, string message) =>
        Assert.Equal(message, line[AppLines.LengthOfJournalPrefix(line)..]);
}
