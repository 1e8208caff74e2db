using Hotplate.Generate;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate generate KIND TARGET</c>: writes what another program needs to know of the application.</summary>
internal static class GenerateVerb
{
    /// <param name="invocation">Its first operand is the kind.</param>
    /// <param name="read">Reads the settings of the rest, which is as it is for serve.</param>
    public static int Run(Invocation invocation, Func<Invocation, SettingsOutcome> read)
    {
        var word = invocation.Operands.FirstOrDefault();
        if (GeneratedKind.All.FirstOrDefault(kind => kind.Name == word) is not { } kind)
        {
            return ProblemReport.Print([.. invocation.Problems, Unknown(word)]);
        }
        var outcome = read(invocation with { Verb = $"generate {kind.Name}", Operands = [.. invocation.Operands.Skip(1)] });
        if (outcome.Settings is not { } settings)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        if (outcome.Search?.Only is { } found)
        {
            Note(FoundText.Make(found, outcome.Search.Folder, $"generate {kind.Name}"));
        }
        foreach (var warning in outcome.Warnings)
        {
            Note(warning);
        }
        try
        {
            var files = kind.Make(new Site(settings, outcome.SourceOf, Program()));
            return invocation.Output is null or "-" ? Print(files) : Write(files, invocation.Output);
        }
        catch (SettingException problem)
        {
            return ProblemReport.Print([new SettingsProblem(problem.Code, $"hotplate generate {kind.Name}", problem.Message)]);
        }
    }

    private static SettingsProblem Unknown(string? word)
    {
        var names = GeneratedKind.All.Select(static kind => kind.Name).ToList();
        return word is null
            ? new SettingsProblem(ErrorCode.MissingValue, "hotplate generate", $"the kind of file is needed: {string.Join(", ", names)}.")
            : new SettingsProblem(ErrorCode.BadChoice, $"hotplate generate {word}", NearestWord.Of(word, names) is { } near
                ? $"there is no such kind of file. Did you mean {near}?"
                : $"there is no such kind of file. There are {string.Join(", ", names)}.");
    }

    /// <summary>From a clone it is the launcher that can be started, since it builds what is older than its sources.</summary>
    private static string Program()
    {
        var own = Environment.ProcessPath ?? "/usr/bin/hotplate";
        var launcher = Environment.GetEnvironmentVariable("HOTPLATE_HOME") is { Length: > 0 } home ? Path.Combine(home, "hotplate") : own;
        return File.Exists(launcher) ? launcher : own;
    }

    private static int Print(IReadOnlyList<GeneratedFile> files)
    {
        Console.Out.Write(files[0].Text);
        if (files.Count > 1)
        {
            Note($"this is {files[0].Name}. There is also {string.Join(" and ", files.Skip(1).Select(static file => file.Name))}: -o FOLDER writes all of them.");
        }
        return 0;
    }

    private static int Write(IReadOnlyList<GeneratedFile> files, string place)
    {
        var isFolder = files.Count > 1 || place.EndsWith('/') || Directory.Exists(OsText.Reachable(place));
        var there = files.Select(file => (Path: OsText.ReachableFile(isFolder ? Path.Combine(Path.GetFullPath(place), file.Name) : Path.GetFullPath(place)), file.Text)).ToList();
        try
        {
            // Somebody may have changed it as its comments ask for.
            if (there.FirstOrDefault(static one => File.Exists(one.Path) && File.ReadAllText(one.Path) != one.Text).Path is { } changed)
            {
                throw new SettingException(ErrorCode.CannotWrite, $"{changed} is there already and says something else. Nothing was written: move it away, or name another place.");
            }
            foreach (var (path, text) in there)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
                Note($"wrote {path}");
            }
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(ErrorCode.CannotWrite, $"it cannot be written: {error.Message}");
        }
    }

    private static void Note(string line) => Console.Error.WriteLine("hotplate: " + Visible.Line(line));
}
