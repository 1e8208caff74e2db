namespace Hotplate.Tests.Gateway;

/// <summary>The server stands up to wsgiref.validate and to werkzeug's lint, for every method, body and answer form.</summary>
public sealed class CheckerTests(CheckerTests.Validator validator, CheckerTests.Lint lint) : IClassFixture<CheckerTests.Validator>, IClassFixture<CheckerTests.Lint>
{
    public sealed class Validator() : Served("validator");

    public sealed class Lint() : Served(new ServerCommand("lint") { Needs = ["werkzeug"] });

    [Fact]
    public async Task No_case_breaks_a_rule_that_the_validator_knows()
    {
        await CheckedMatrix.RunAsync(validator.Server, keepAlive: true);
        await CheckedMatrix.RunAsync(validator.Server, keepAlive: false);
        Assert.Equal("[]", (await validator.Server.GetAsync("/unraisable")).Text);
    }

    [Fact]
    public async Task No_case_breaks_a_rule_that_the_lint_knows()
    {
        await CheckedMatrix.RunAsync(lint.Server, keepAlive: true);
        await CheckedMatrix.RunAsync(lint.Server, keepAlive: false);
        Assert.Equal("[]", (await lint.Server.GetAsync("/warnings")).Text);
    }
}
