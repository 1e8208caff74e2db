using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>Counts of answers and their times.</summary>
public class AnswerFiguresTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    [InlineData(8, 8)]
    [InlineData(1_000, 1_023)]
    [InlineData(1_000_000, 1_048_575)]
    [InlineData(-5, 0)]
    [InlineData(long.MaxValue, (1L << 41) - 1)]
    public void A_time_is_known_to_an_eighth_of_itself(long microseconds, long told)
    {
        var figures = new AnswerFigures();
        figures.Answered(microseconds, isServerError: false);
        Assert.Equal(new AnswerView(1, 0, told), figures.Read([]));
    }

    [Fact]
    public void One_slow_answer_of_a_hundred_is_beyond_P99_and_two_are_not()
    {
        var figures = new AnswerFigures();
        for (var i = 0; i < 99; i++)
        {
            figures.Answered(5, isServerError: false);
        }
        figures.Answered(1_000_000, isServerError: true);
        Assert.Equal(new AnswerView(100, 1, 5), figures.Read([]));
        Assert.Equal(new AnswerView(100, 1, 1_048_575), figures.Read([1_000_000]));
    }

    [Fact]
    public void An_answer_that_broke_off_is_a_failure_and_no_answer_more()
    {
        var figures = new AnswerFigures();
        figures.Answered(5, isServerError: false);
        figures.Broke();
        Assert.Equal(new AnswerView(1, 1, 5), figures.Read([]));
        figures.Broke();
        Assert.Equal(1, figures.Read([]).ErrorShare);
    }
}
