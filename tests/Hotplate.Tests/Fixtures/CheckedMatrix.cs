using System.Text;
using System.Text.Json;

namespace Hotplate.Tests.Fixtures;

/// <summary>Runs every case of tests/apps/validator/matrix.py, as the served application lists them.</summary>
internal static class CheckedMatrix
{
    /// <summary>Every case must have its status and answer: a breach that the checker finds changes them.</summary>
    public static async Task RunAsync(ServerProcess server, bool keepAlive)
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
