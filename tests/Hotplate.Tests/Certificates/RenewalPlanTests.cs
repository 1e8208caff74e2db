using Hotplate.Certificates.Acme;

namespace Hotplate.Tests.Certificates;

public class RenewalPlanTests
{
    private static readonly DateTimeOffset s_begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 63)]
    public void A_certificate_of_ninety_days_is_renewed_after_sixty_and_up_to_three_by_chance(double chance, int days) =>
        Assert.Equal(s_begin.AddDays(days), RenewalPlan.ByAge(s_begin, s_begin.AddDays(90), chance));

    [Fact]
    public void An_authoritys_window_is_kept() =>
        Assert.Equal(s_begin.AddDays(1), RenewalPlan.InWindow(new AcmeWindow(s_begin, s_begin.AddDays(2)), 0.5));

    [Fact]
    public void Pauses_double_up_to_half_a_day() =>
        Assert.Equal(
            [2, 4, 8, 16, 32, 720, 720],
            new[] { 1, 2, 3, 4, 5, 12, 1000 }.Select(static failures => (int)RenewalPlan.Pause(failures, null, 0).TotalMinutes));

    [Fact]
    public void An_authority_that_wants_longer_gets_it() =>
        Assert.Equal(TimeSpan.FromHours(3), RenewalPlan.Pause(1, TimeSpan.FromHours(3), 1));

    [Fact]
    public void A_pause_that_no_rule_makes_is_of_a_clock_that_was_set_back() =>
        Assert.True(RenewalPlan.IsBeyond(s_begin.AddDays(9), s_begin));
}
