using System.Security.Cryptography;
using Hotplate.Certificates;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate serve TARGET</c> and <c>hotplate dev TARGET</c>, which differ in their settings: runs the server until it is stopped.</summary>
internal static class ServeVerb
{
    /// <param name="read">Reads everything again, with another file or text where one is given.</param>
    public static Task<int> RunAsync(SettingsOutcome outcome, Func<FileText, SettingsOutcome> read)
    {
        if (outcome.Settings is not { } settings)
        {
            Server.TellOther(string.Join('\n', outcome.Problems));
            return Task.FromResult(ProblemReport.Print(outcome.Problems, outcome.Json));
        }
        if (RootDescent.IsToCome(settings))
        {
            try
            {
                RootDescent.Begin(settings);
            }
            catch (IOException error)
            {
                Tell(LogLevel.Error, error.Message);
                return Task.FromResult(ProblemReport.SettingsExitCode);
            }
        }
        if (settings.Tls.LocalAuthority is not null && !TryBecomeAuthority(settings.Tls, Tell))
        {
            return Task.FromResult(ProblemReport.SettingsExitCode);
        }
        if (outcome.Search?.Only is { } found)
        {
            Tell(LogLevel.Information, FoundText.Make(found, outcome.Search.Folder, settings.Development ? "dev" : "serve"));
        }
        if (Accounts.Me == 0 && settings is { App.RunAs: null, Development: false, Log.Level: <= LogLevel.Warning })
        {
            Tell(LogLevel.Warning, "HP132  root runs this, so the application may do everything on this machine. Name who is to run it: --user www-data (docs/privileges.md). --user root says that it is meant");
        }
        foreach (var warning in outcome.Warnings)
        {
            Tell(LogLevel.Warning, warning);
        }
        return Server.RunAsync(settings, read);

        void Tell(LogLevel level, string line) => Console.Error.WriteLine(settings.Log.Json
            ? LogForm.Json.Server(TimeProvider.System.GetLocalNow(), level, 0, line)
            : (level == LogLevel.Error ? "" : level == LogLevel.Warning ? Paint.Err.Warning("hotplate: ") : "hotplate: ") + Visible.Line(line));
    }

    /// <summary>Sees to it that there is a certificate for developing, and says who signed it.</summary>
    private static bool TryBecomeAuthority(TlsSettings tls, Action<LogLevel, string> tell)
    {
        try
        {
            var authority = new LocalAuthority(tls.LocalAuthority!, tls.CertFiles[0], TimeProvider.System);
            var isNew = authority.Ensure();
            tell(LogLevel.Information, $"the certificate for localhost is signed by {authority.AuthorityFile}"
                + (isNew ? ", which is new. Have it trusted once, by your browser or this machine: docs/dev.md, \"https\"" : ""));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            tell(LogLevel.Error, $"HP323  --https: {tls.LocalAuthority} cannot be used: {error.Message}. What is broken there may be "
                + "removed: it is made anew, and must be trusted anew");
            return false;
        }
    }
}
