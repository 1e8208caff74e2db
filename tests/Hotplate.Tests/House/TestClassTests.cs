using System.Text.RegularExpressions;

namespace Hotplate.Tests.House;

/// <summary>What ./test must know of a class to choose it, and to install what it needs.</summary>
[Trait("starts", "processes")]
public partial class TestClassTests
{
    [Fact]
    public void A_class_that_starts_processes_is_in_a_room_of_such_classes_or_is_marked()
    {
        var rooms = ProcessRooms().Match(File.ReadAllText(Path.Combine(Repository.Root, "test"))).Groups[1].Value.Split(' ');
        Assert.Contains("Serving", rooms);
        var wrong =
            from path in Repository.Files("tests/Hotplate.Tests", "*Tests.cs")
            where !rooms.Contains(Path.GetFileName(Path.GetDirectoryName(path)))
            let text = File.ReadAllText(path)
            where Starts().IsMatch(text) && !text.Contains("[Trait(\"starts\", \"processes\")]", StringComparison.Ordinal)
            select $"{Repository.Name(path)}: give the class [Trait(\"starts\", \"processes\")], so that ./test --quick leaves it out";
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Help_builds_nothing_and_an_unknown_flag_is_refused()
    {
        var test = Path.Combine(Repository.Root, "test");
        using var empty = new TemporaryFolder();
        var copy = empty.File("test");
        File.Copy(test, copy);

        // There is nothing beside the copy that could be built.
        Assert.StartsWith("usage: ./test", await FinishedProgram.OutputOfAsync("/bin/bash", copy, "--help"), StringComparison.Ordinal);
        var unknown = await FinishedProgram.RunAsync("/bin/bash", copy, "--quik");

        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("--quik", unknown.Errors, StringComparison.Ordinal);
        Assert.Equal([copy], Directory.EnumerateFileSystemEntries(empty.Path));
    }

    [GeneratedRegex(@"^process_rooms=\(([^)]*)\)$", RegexOptions.Multiline)]
    private static partial Regex ProcessRooms();

    /// <summary>The fixtures through which tests start something, and the plain way.</summary>
    [GeneratedRegex(@"\b(?:ServerProcess|ServerCommand|Served|BuiltFront|FinishedProgram|FarWorker|FarZygote|ProcessStartInfo|Pythons)\b[.(]|(?:Process|FarEnd)\.Start\(")]
    private static partial Regex Starts();
}
