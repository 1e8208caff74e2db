using System.Text;
using Hotplate.Channel;

namespace Hotplate.Tests.Channel;

/// <summary>What the head of an answer may say.</summary>
public class AnswerRuleTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("10", 10)]
    [InlineData("00000000000000000000010", 10)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Digits_are_a_length(string text, long expected)
    {
        Assert.True(AnswerRule.TryLength(Encoding.Latin1.GetBytes(text), out var length));
        Assert.Equal(expected, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1 0")]
    [InlineData("1,1")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_none(string text) => Assert.False(AnswerRule.TryLength(Encoding.Latin1.GetBytes(text), out _));

    [Theory]
    [InlineData("Not Found", true)]
    [InlineData("", true)]
    [InlineData("bad\tvalue", true)]
    [InlineData("caf\u00e9", true)]
    [InlineData("a\rb", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007fb", false)]
    public void A_reason_is_text_without_controls_but_the_tab(string text, bool good) =>
        Assert.Equal(good, AnswerRule.IsReason(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData(" a ", "a")]
    [InlineData("\t a b\t", "a b")]
    [InlineData(" \t ", "")]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("\u00a0a", "\u00a0a")]
    public void White_space_around_a_value_is_no_part_of_it(string text, string expected) =>
        Assert.Equal(expected, Encoding.Latin1.GetString(AnswerRule.Trim(Encoding.Latin1.GetBytes(text))));

    [Fact]
    public void The_status_is_one_that_ends_a_request() =>
        Assert.Equal([false, false, true, true, false], new[] { 0, 199, 200, 999, 1000 }.Select(AnswerRule.IsStatus));

    [Theory]
    [InlineData("X-A", true)]
    [InlineData("!#$%&'*+-.^_`|~9", true)]
    [InlineData("", false)]
    [InlineData("X A", false)]
    [InlineData("X:A", false)]
    [InlineData("X-\u00e9", false)]
    public void A_name_is_a_token(string text, bool good) => Assert.Equal(good, AnswerRule.IsName(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void All_names_that_travel_as_a_byte_pass()
    {
        foreach (var name in ResponseHeaders.Names.Skip(1))
        {
            Assert.True(AnswerRule.IsName(Encoding.ASCII.GetBytes(name)) && !AnswerRule.IsOfConnection(Encoding.ASCII.GetBytes(name)), name);
        }
    }
}
