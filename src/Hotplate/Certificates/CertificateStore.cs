using Hotplate.Settings;

namespace Hotplate.Certificates;

/// <summary>The certificates that clients get; files that change are read again.</summary>
/// <remarks>Whoever chooses reads one field. A renewed pair that is broken changes nothing, and is told.</remarks>
internal sealed class CertificateStore : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);
    private readonly TlsOptions options;
    private readonly IReadOnlyList<WatchedFiles> files;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly ITimer clock;
    private List<ServerCertificate> read;
    private volatile CertificateSet current;

    /// <exception cref="CertificateException">Some files cannot be used.</exception>
    internal CertificateStore(TlsSettings settings, TimeProvider time, ILogger log)
    {
        (this.time, this.log) = (time, log);
        options = new TlsOptions(settings);
        files = [.. CertificateFiles.All(settings).Select(static one => new WatchedFiles(one))];
        read = [.. files.Select(one => one.Files.Read(options))];
        current = new CertificateSet(read);
        TellAges();
        clock = time.CreateTimer(static me => ((CertificateStore)me!).Look(), this, Interval, Interval);
    }

    /// <summary>How often the files are looked at.</summary>
    internal static TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    internal CertificateSet Current => current;

    public void Dispose() => clock.Dispose();

    /// <summary>Reads what has changed.</summary>
    internal void Look()
    {
        lock (gate)
        {
            var changed = false;
            for (var i = 0; i < files.Count; i++)
            {
                changed |= files[i].HasChanged() && TryRead(i);
            }
            if (changed)
            {
                current = new CertificateSet([.. read]);
                TellAges();
            }
        }
    }

    private bool TryRead(int place)
    {
        var watched = files[place];
        try
        {
            var renewed = watched.Files.Read(options);
            watched.Taken();
            read = [.. read];
            read[place] = renewed;
            log.CertificateTaken(watched.Files.Certificate, renewed.NotAfter);
            return true;
        }
        catch (CertificateException error)
        {
            // Certificate and key are written one after the other: what is wrong now may be right at the next look.
            if (watched.IsStillWrong())
            {
                log.CertificateNotTaken(error.Message, read[place].NotAfter);
            }
            return false;
        }
    }

    private void TellAges()
    {
        var now = time.GetUtcNow();
        foreach (var certificate in read)
        {
            var name = certificate.Names is [var first, ..] ? first : "no name";
            if (certificate.NotAfter < now)
            {
                log.CertificateExpired(name, certificate.Files!.Certificate, certificate.NotAfter);
            }
            else if (certificate.NotAfter < now + Soon)
            {
                log.CertificateExpiresSoon(name, certificate.Files!.Certificate, certificate.NotAfter);
            }
        }
    }
}
