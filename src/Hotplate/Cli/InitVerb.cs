using System.Text;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate init [TARGET] [flags]</c>: looks at the folder, writes its hotplate.toml, and says what it found.</summary>
internal static class InitVerb
{
    private static readonly (string Key, string Value, string Why)[] s_usual =
    [
        ("bind", "\":8000\"", "for other machines too; a proxy on this one needs no more than the default, 127.0.0.1:8000"),
        ("workers", "\"2-8\"", "processes; by default as many as the CPUs allow"),
        ("timeout", "\"30s\"", "how long a request may give its client nothing"),
        ("access-logfile", "\"-\"", "a line for each request, on standard output"),
        ("forwarded-allow-ips", "\"10.0.0.0/8\"", "whose X-Forwarded-* to believe; by default this machine's"),
    ];

    /// <param name="invocation">Its flags become keys of the file.</param>
    /// <param name="read">Reads the settings as serve would.</param>
    public static int Run(Invocation invocation, Func<Invocation, SettingsOutcome> read)
    {
        var folder = OsText.CurrentDirectory();
        var path = Path.Combine(folder, HotplateFile.Name);
        if (File.Exists(OsText.Reachable(path)))
        {
            const string there = "it is there already. Nothing was written: hotplate config shows what it comes to.";
            return ProblemReport.Print([new SettingsProblem(ErrorCode.CannotWrite, path, there)]);
        }
        var outcome = read(invocation);
        if (outcome.Settings is not { } settings)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        var envFile = settings.App.EnvFiles.Count == 0 && File.Exists(Path.Combine(OsText.Reachable(folder), ".env"));
        try
        {
            File.WriteAllText(OsText.Reachable(path), Text(settings, [.. invocation.Flags], envFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ProblemReport.Print([new SettingsProblem(ErrorCode.CannotWrite, path, error.Message)]);
        }
        Console.Out.Write(Visible.Lines(
            $"application  {settings.App.Target}  ({outcome.TargetFrom ?? outcome.Search?.Only?.Why ?? "as said"})\n"
            + $"Python       {settings.App.Python}  ({settings.App.PythonFoundBy})\n"
            + (envFile ? "variables    .env\n" : "")
            + $"written      {path}\n\nhotplate serve reads it. hotplate check finds what would keep it from being served.\n"));
        return 0;
    }

    private static string Text(ServerSettings settings, List<GivenFlag> given, bool envFile)
    {
        var text = new StringBuilder("# What this site is served with: hotplate serve reads it. Keys are the flags of hotplate help serve.\n");
        text.Append($"target = {ConfigText.Value(null, settings.App.Target)}\n");
        foreach (var flags in given.GroupBy(static flag => flag.Setting.Name).Where(static flags => flags.Key != "config"))
        {
            var values = flags.Select(static flag => ConfigText.Value(flag.Setting with { Repeatable = false }, flag.Text)).ToList();
            var isList = values.Count > 1 && flags.First().Setting.Repeatable;
            text.Append($"{flags.Key} = {(isList ? $"[{string.Join(", ", values)}]" : values[^1])}\n");
        }
        if (envFile)
        {
            text.Append("env-file = \".env\"\n");
        }
        text.Append('\n');
        foreach (var (key, value, why) in s_usual.Where(one => !given.Exists(flag => flag.Setting.Name == one.Key)))
        {
            text.Append($"# {why}\n# {key} = {value}\n");
        }
        return text.ToString();
    }
}
