using System.Text.RegularExpressions;

namespace Hotplate.Tests.Serving;

/// <summary>The command lines in generated files start a server that serves, from the application's folder, with PORT where the platform sets it.</summary>
public sealed partial class GeneratedCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("procfile")]
    [InlineData("beanstalk")]
    [InlineData("app-engine")]
    [InlineData("azure")]
    [InlineData("dockerfile")]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    [InlineData("cloud-run")]
    public async Task It_serves(string kind)
    {
        var text = await GeneratedFiles.WriteAsync(kind, ServerCommand.FolderOf("hello"), _folder.File("made"), "app:app", "--name", "it's-$HOME", "-w", "1");
        // Words in a list are read by whoever reads JSON; the others by a shell.
        var line = Line().Match(text);
        Assert.True(line.Success || kind == "azure", text);
        var command = kind switch
        {
            "azure" => text,
            "app-engine" => System.Text.Json.JsonDocument.Parse(line.Groups[1].Value).RootElement.GetString()!,
            "procfile" or "beanstalk" => line.Groups[1].Value,
            _ => "hotplate " + string.Join(' ', Words(kind == "compose" ? line.Groups[1].Value.Replace("$$", "$", StringComparison.Ordinal) : line.Groups[1].Value)),
        };
        command = Bind().Replace(command, "127.0.0.1:0");
        var program = _folder.Write("bin/hotplate", $"#!/bin/sh\nexec '{await BuiltFront.PathAsync()}' \"$@\" --python '{Pythons.Usual}'\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        var environment = new Dictionary<string, string> { ["PORT"] = "0", ["PATH"] = $"{_folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}" };
        await using var server = ServerProcess.Launch("/bin/sh", ["-c", command], ServerCommand.FolderOf("hello"), environment);
        await server.ListeningAsync();
        Assert.Equal(200, (await server.GetAsync("/")).Status);
    }

    private static IEnumerable<string> Words(string list) =>
        System.Text.Json.JsonDocument.Parse(list).RootElement.EnumerateArray().Select(static word => "'" + word.GetString()!.Replace("'", "'\\''", StringComparison.Ordinal) + "'");

    [GeneratedRegex(@"^(?:web: |entrypoint: (?="")|CMD | *args: | *command: (?=\[""serve""))(.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"(127\.0\.0\.1|0\.0\.0\.0):8000")]
    private static partial Regex Bind();
}
