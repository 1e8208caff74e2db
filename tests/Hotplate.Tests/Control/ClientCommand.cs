using System.Text.Json;

namespace Hotplate.Tests.Control;

/// <summary>The commands that ask a running server, as a user types them.</summary>
internal static class ClientCommand
{
    internal static async Task<FinishedProgram> RunAsync(params string[] arguments) =>
        await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), arguments);

    /// <summary>Runs a command that must succeed; returns what it printed.</summary>
    internal static async Task<string> OutputAsync(params string[] arguments)
    {
        var ended = await RunAsync(arguments);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {ended.ExitCode}:\n{ended.Output}{ended.Errors}");
        return ended.Output;
    }

    /// <summary>Runs a command with --json.</summary>
    internal static async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse(await OutputAsync([.. arguments, "--json"])).RootElement;
}
