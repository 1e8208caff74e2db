using Hotplate.Http;
using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Sites;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate;

/// <summary>The log, and what it says once, when the server starts.</summary>
internal static class StartNotes
{
    /// <exception cref="ListenException">The file cannot be opened.</exception>
    internal static LogOutput OpenLog(LogSettings settings, StandardStreams streams, LogFiles files, TimeProvider time)
    {
        files.Limit(settings.MaxFileSize, settings.Keep);
        if (settings.ErrorLogFile is not { } path)
        {
            return new LogOutput(streams.Error, settings.Level, time, streams.ErrorForm);
        }
        try
        {
            return new LogOutput(files.Open(path), settings.Level, time, new LogForm(settings.Json));
        }
        catch (IOException error)
        {
            var why = $"HP307  --error-logfile {path}: cannot be opened: {error.Message}. Let this user write there, or name another file.";
            throw new ListenException(why, error);
        }
    }

    /// <summary>What the kernel refuses and is done without.</summary>
    internal static void TellRefusals(ILogger log, ServerSettings settings)
    {
        if (ScoreboardSegment.Refusal(Generation.SlotsFor(settings.Workers)) is { } refusal)
        {
            log.UnsentCanBeLost(refusal);
        }
        if (KernelCalls.EventRefusal() is { } why)
        {
            log.PipesForEvents(why);
        }
    }

    /// <summary>What serves.</summary>
    internal static void TellReady(ILogger log, ServerSettings settings, Site site)
    {
        if (settings.IsForSeveral)
        {
            log.ServingSeveral(site.ToString());
        }
        else
        {
            log.Serving(site.Only.Run!.Supervisor.Workforce.Wanted, site.Only.Run.Supervisor.Serving.Python);
        }
    }
}
