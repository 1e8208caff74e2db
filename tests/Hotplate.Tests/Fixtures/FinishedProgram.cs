using System.Diagnostics;

namespace Hotplate.Tests.Fixtures;

/// <summary>A program that was run to its end.</summary>
internal sealed record FinishedProgram(int ExitCode, string Output, string Errors)
{
    public static async Task<FinishedProgram> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new FinishedProgram(process.ExitCode, said[0], said[1]);
    }

    /// <summary>Runs a program that must succeed; returns what it printed.</summary>
    public static async Task<string> OutputOfAsync(string program, params string[] arguments)
    {
        var ended = await RunAsync(program, arguments);
        Assert.True(ended.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {ended.ExitCode}:\n{ended.Output}{ended.Errors}");
        return ended.Output;
    }
}
