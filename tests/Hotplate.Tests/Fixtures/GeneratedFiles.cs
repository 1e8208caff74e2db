namespace Hotplate.Tests.Fixtures;

/// <summary>What hotplate generate wrote.</summary>
internal static class GeneratedFiles
{
    /// <summary>Runs it in a folder and writes all files of a kind into another.</summary>
    /// <returns>The text of the most important one.</returns>
    public static async Task<string> WriteAsync(string kind, string directory, string into, params string[] words)
    {
        string[] arguments = [await BuiltFront.PathAsync(), "generate", kind, .. words, "--python", Pythons.Usual];
        await FinishedProgram.OutputOfAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\"", "bash", directory, .. arguments, "-o", into + "/"]);
        return await FinishedProgram.OutputOfAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\" 2>/dev/null", "bash", directory, .. arguments]);
    }

    /// <summary>Puts another text in the place of one that must be there.</summary>
    public static string With(this string text, string old, string other)
    {
        Assert.Contains(old, text);
        return text.Replace(old, other, StringComparison.Ordinal);
    }
}
