using Hotplate.Observability;
using Microsoft.Extensions.Logging;

namespace Hotplate.Tests.Observability;

public class LogLineTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_line_has_gunicorns_form() =>
        Assert.Equal("[2026-11-22 10:00:00 +0000] [4182] [INFO] hello", LogLine.Format(s_time, 4182, LogLevel.Information, "hello"));

    [Theory]
    [InlineData(-3.5, "-0330")]
    [InlineData(5.75, "+0545")]
    public void The_offset_of_the_time_zone_is_told(double hours, string told) =>
        Assert.Contains($" {told}] ", LogLine.Format(s_time.ToOffset(TimeSpan.FromHours(hours)), 1, LogLevel.Error, "x"));

    [Fact]
    public void Text_from_outside_cannot_start_a_line_or_move_the_cursor()
    {
        var line = LogLine.Format(s_time, 1, LogLevel.Warning, "path /a\n[forged]\u001b[2J\u202eevil");
        Assert.EndsWith(@"path /a\n[forged]\x1b[2J\u202eevil", line);
    }

    [Fact]
    public void An_exception_keeps_its_lines()
    {
        var line = LogLine.Format(s_time, 1, LogLevel.Error, "failed", new InvalidOperationException("two\nlines\u0007"));
        Assert.EndsWith("failed\nSystem.InvalidOperationException: two\nlines\\x07", line);
    }

    [Fact]
    public void A_level_below_the_floor_is_not_written_and_the_class_library_speaks_from_warning_up()
    {
        using var lines = new LineWriter(() => Stream.Null);
        using var output = new LogOutput(lines, LogLevel.Information, TimeProvider.System);
        Assert.False(output.CreateLogger("Hotplate.Workers").IsEnabled(LogLevel.Debug));
        Assert.True(output.CreateLogger("Hotplate.Workers").IsEnabled(LogLevel.Information));
        Assert.False(output.CreateLogger("Microsoft.AspNetCore.Server.Kestrel").IsEnabled(LogLevel.Information));
    }
}
