using Hotplate.Control;
using Hotplate.Installing;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate logs [NAME|APP] [-f]</c>: the journal of the service, or the file that a server's log goes to; or of that what
/// is of one application.</summary>
internal static class LogsVerb
{
    private const string Lines = "100";

    public static int Run(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var words = SiteWords.Take(arguments);
        if (words.Rest is [var name] && Site.IsName(name) && System.IO.File.Exists(new Site(name).Variables))
        {
            return Journal(new Site(name).Unit, words.Follow);
        }
        var invocation = ArgumentReader.Read(["logs", .. words.Rest]);
        if (!ControlVerb.TryAskStatus(invocation, environment, out var status, out var code))
        {
            return code;
        }
        var app = invocation.Operands.FirstOrDefault();
        if (app is not null && !status.Names.Contains(app))
        {
            var there = string.Join(", ", status.Names);
            Console.Error.WriteLine($"HP409  there is no application {Visible.Line(app)} here. There are {there}.");
            return 1;
        }
        // Where there is one, all is of it, and nothing names it.
        var part = app is null || status.Apps is null ? null : new AppLog(app, words.Follow);
        if (status.Log is { } file)
        {
            return part?.OfFile(file) ?? File(file, words.Follow);
        }
        if (Directory.Exists("/run/systemd/system") && Site.UnitOf(status.Pid) is { } unit)
        {
            return part?.OfJournal(unit) ?? Journal(unit, words.Follow);
        }
        try
        {
            if (new FileInfo($"/proc/{status.Pid}/fd/2").ResolveLinkTarget(returnFinalTarget: false) is FileInfo { Exists: true } where && !where.Attributes.HasFlag(FileAttributes.Device))
            {
                return part?.OfFile(where.FullName) ?? File(where.FullName, words.Follow);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone.
        }
        Console.Error.WriteLine($"HP544  process {status.Pid} writes its log to its standard error, which is no file and no service's: look where it was started. --error-logfile FILE gives it a file.");
        return 1;
    }

    private static int Journal(string unit, bool follow) => OtherProgram.Become(["journalctl", "-u", unit, "-n", Lines, .. follow ? new[] { "-f" } : ["--no-pager"]]);

    private static int File(string path, bool follow) => OtherProgram.Become(["tail", "-n", Lines, .. follow ? new[] { "-F" } : [], path]);
}
