using Hotplate.Cli;

namespace Hotplate.Tests.Cli;

public class CompletionTests
{
    [Theory]
    [InlineData("hotplate st", "stacks status stop")]
    [InlineData("hotplate serve shop:app --max-queue", "--max-queue --max-queue-time")]
    [InlineData("./hotplate serve -b :80 --work", "--workers")]
    [InlineData("hotplate serve --access-log-format ", "combined json short")]
    [InlineData("hotplate serve --access-log-format=s", "short")]
    [InlineData("hotplate status --", "--control --help --json --name --pid")]
    [InlineData("hotplate restart --", "--control --help --json --name --pid")]
    [InlineData("hotplate reload --", "--canary --control --for --help --json --name --pid")]
    [InlineData("hotplate serve --cana", "")]
    [InlineData("hotplate serve --js", "")]
    [InlineData("hotplate config --js", "--json")]
    [InlineData("hotplate config --to", "--toml")]
    [InlineData("hotplate generate ap", "apache app-engine")]
    [InlineData("hotplate generate nginx ", "")]
    [InlineData("hotplate generate nginx --max-queue-", "--max-queue-time")]
    [InlineData("hotplate serve ", "")]
    [InlineData("hotplate serve --name \"a b", "")]
    [InlineData("hotplate serve --name=\"a", "")]
    public void A_shell_gets_what_may_stand_there(string line, string words) => Assert.Equal(words, Offer("[suggest]", line));

    [Fact]
    public void Verbs_are_offered_first() => Assert.Equal(CommandLine.Verbs.Order(), Offer("[suggest]", "hotplate ").Split(' '));

    [Theory]
    [InlineData("[suggest:11]", "stacks status stop")]
    [InlineData("[suggest:10]", "schema serve stacks status stop")]
    [InlineData("[suggest:99]", "")]
    public void The_cursor_may_stand_within_the_line(string directive, string words) => Assert.Equal(words, Offer(directive, "hotplate strange"));

    [Theory]
    [InlineData("serve", "shop:app")]
    [InlineData("[suggest]")]
    [InlineData("[suggestion]", "x")]
    [InlineData("[diagram]", "serve")]
    public void Other_arguments_are_no_question_of_a_shell(params string[] arguments) => Assert.Null(Completion.For(arguments));

    private static string Offer(string directive, string line) => string.Join(' ', Completion.For([directive, line])!);
}
