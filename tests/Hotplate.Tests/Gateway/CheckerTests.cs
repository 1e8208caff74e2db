using System.Text;
using System.Text.Json;

namespace Hotplate.Tests.Gateway;

/// <summary>The server stands up to wsgiref.validate and to werkzeug's lint, for every method, body and answer form.</summary>
public sealed class CheckerTests(CheckerTests.Validator validator, CheckerTests.Lint lint) : IClassFixture<CheckerTests.Validator>, IClassFixture<CheckerTests.Lint>
{
    public sealed class Validator() : Served("validator");

    public sealed class Lint() : Served(new ServerCommand("lint") { Needs = ["werkzeug"] });

    [Fact]
    public async Task No_case_breaks_a_rule_that_the_validator_knows()
    {
        await RunAsync(validator.Server, keepAlive: true);
        await RunAsync(validator.Server, keepAlive: false);
        Assert.Equal("[]", (await validator.Server.GetAsync("/unraisable")).Text);
    }

    [Fact]
    public async Task No_case_breaks_a_rule_that_the_lint_knows()
    {
        await RunAsync(lint.Server, keepAlive: true);
        await RunAsync(lint.Server, keepAlive: false);
        Assert.Equal("[]", (await lint.Server.GetAsync("/warnings")).Text);
    }

    private static async Task RunAsync(ServerProcess server, bool keepAlive)
    {
        List<string> wrong = [];
        var cases = (await server.GetAsync("/")).Json;
        Assert.True(cases.GetArrayLength() > 20);
        var client = await server.ConnectAsync();
        foreach (var one in cases.EnumerateArray())
        {
            await CheckAsync(client, one, wrong);
            if (!keepAlive)
            {
                client.Dispose();
                client = await server.ConnectAsync();
            }
        }
        client.Dispose();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong) + "\n" + server.Errors.Text);
    }

    private static async Task CheckAsync(RawClient client, JsonElement one, List<string> wrong)
    {
        string Text(string key) => one.GetProperty(key).GetString()!;
        var body = one.GetProperty("body").GetString() is { } text ? Encoding.ASCII.GetBytes(text) : null;
        var length = body is null ? Array.Empty<string>() : [$"Content-Length: {body.Length}", "Content-Type: text/plain"];
        await client.RequestAsync(Text("method"), Text("path"), length, body);
        var answer = await client.ReadAsync(Text("method"));
        if (answer.Status != one.GetProperty("status").GetInt32() || answer.Text != Text("answer") || !answer.IsComplete)
        {
            wrong.Add($"{Text("name")}: {answer.Status} \"{answer.Text}\"");
        }
    }
}
