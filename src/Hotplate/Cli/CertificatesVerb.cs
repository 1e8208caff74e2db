using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hotplate.Certificates;
using Hotplate.Certificates.Acme;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate certificates</c>: what was got by itself, and how it goes on. It looks into the folder; no server needs to
/// run.</summary>
internal static class CertificatesVerb
{
    internal const string Name = "certificates";

    public static int Run(Invocation invocation, IReadOnlyDictionary<string, string> environment)
    {
        if (invocation.Problems.Count > 0 || invocation.Operands.Count > 0)
        {
            return ProblemReport.Print(invocation.Problems.Count > 0
                ? invocation.Problems
                : [new SettingsProblem(ErrorCode.UnknownCommand, $"{Name} {invocation.Operands[0]}",
                "no word is needed behind it; --acme-folder FOLDER says where to look.")]);
        }
        var given = invocation.Flags.LastOrDefault(
            static flag => flag.Setting.Name == "acme-folder")?.Text ?? environment.GetValueOrDefault("HOTPLATE_ACME_FOLDER");
        var place = string.IsNullOrEmpty(given) ? DataFolder.Of("acme") : Path.GetFullPath(given, OsText.CurrentDirectory());
        if (!Directory.Exists(place))
        {
            Console.Error.WriteLine(Visible.Line(Reach.Wall(
                place) ?? $"HP320  {place}: there is no such folder. hotplate serve --domain makes it; name another with --acme-folder."));
            return 1;
        }
        try
        {
            Console.Out.Write(Text(new AcmeFolder(place), TimeProvider.System.GetUtcNow()));
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(Visible.Line(error is CertificateException ? error.Message : $"HP320  {place}: {error.Message}"));
            return 1;
        }
    }

    internal static string Text(AcmeFolder folder, DateTimeOffset now)
    {
        var text = new StringBuilder();
        var table = new TextTable("NAME", "ISSUER", "EXPIRES", "RENEWED AT", "STATE");
        var errors = new StringBuilder();
        var domains = folder.Domains();
        foreach (var domain in domains)
        {
            var status = folder.ReadStatus(domain);
            var (issuer, expires, state) = Look(folder.ReadBundle(domain), now);
            var next = status.Error is null ? status.RenewAt : status.NotBefore;
            table.Add(domain, issuer, expires, next is { } at ? Time(at) : "-", status.Error is null ? state
                : $"{state}, {status.Failures} failed");
            if (status.Error is { } error)
            {
                errors.Append(CultureInfo.InvariantCulture, $"{domain}, {Time(status.FailedAt ?? now)}: {Visible.Line(error)}\n");
            }
        }
        if (domains.Count == 0)
        {
            return $"no certificate was asked for yet; they are kept in {folder.Path}\n";
        }
        table.Write(text, int.MaxValue);
        return text.Append(errors.Length > 0 ? "\n" : "").Append(errors).ToString();
    }

    private static (string Issuer, string Expires, string State) Look(string? bundle, DateTimeOffset now)
    {
        if (bundle is null)
        {
            return ("-", "-", "none");
        }
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(bundle);
            var end = new DateTimeOffset(certificate.NotAfter);
            var issuer = Visible.Line(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true));
            return (issuer, Time(end), end < now ? "expired" : "good");
        }
        catch (CryptographicException)
        {
            return ("-", "-", "broken");
        }
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
