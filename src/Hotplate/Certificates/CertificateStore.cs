using System.Net.Security;
using Hotplate.Settings;

namespace Hotplate.Certificates;

/// <summary>The certificates that clients get; files that change are read again.</summary>
/// <remarks>Whoever chooses reads one field. A renewed pair that is broken changes nothing, and is told.</remarks>
internal sealed class CertificateStore : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);
    private readonly IReadOnlyList<WatchedFiles> files;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly ITimer clock;
    private readonly Dictionary<string, ServerCertificate> managed = new(StringComparer.Ordinal);
    private List<ServerCertificate> read;
    private volatile CertificateSet current;

    /// <exception cref="CertificateException">Some files cannot be used.</exception>
    internal CertificateStore(TlsSettings settings, TimeProvider time, ILogger log)
    {
        (this.time, this.log) = (time, log);
        Options = new TlsOptions(settings);
        files = [.. CertificateFiles.All(settings).Select(static one => new WatchedFiles(one))];
        read = [.. files.Select(one => one.Files.Read(Options))];
        current = new CertificateSet(read);
        TellAges();
        clock = time.CreateTimer(static me => ((CertificateStore)me!).Look(), this, Interval, Interval);
    }

    /// <summary>How often the files are looked at.</summary>
    internal static TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    internal CertificateSet Current => current;

    internal TlsOptions Options { get; }

    /// <summary>What an authority is shown that looks whether a name is ours (RFC 8737); null: nobody has asked one for it.</summary>
    internal Func<string, SslServerAuthenticationOptions?>? Challenge { get; set; }

    /// <summary>Gives a name a certificate that is in no file of the user's, in the place of the one from before.</summary>
    internal void Manage(string domain, ServerCertificate certificate)
    {
        lock (gate)
        {
            managed[domain] = certificate;
            Publish();
        }
    }

    internal ServerCertificate? Managed(string domain)
    {
        lock (gate)
        {
            return managed.GetValueOrDefault(domain);
        }
    }

    /// <summary>A name that certificates are got for has one that an authority signed and that has not expired; or there is no such name.
    /// The user's own files are his to judge: who asks may trust a certificate that nobody else does.</summary>
    internal bool IsCertified()
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            return managed.Count == 0 || managed.Values.Any(one => !one.IsTemporary && one.NotAfter > now);
        }
    }

    /// <summary>When each expires that somebody has signed, in seconds since 1970, by its first name. Of several with one name the one that
    /// expires first: that is what somebody has to see to.</summary>
    internal IEnumerable<KeyValuePair<string, long>> Ends() => current.All.Where(static one => !one.IsTemporary && one.Names.Count > 0)
        .GroupBy(static one => one.Names[0], static one => one.NotAfter.ToUnixTimeSeconds())
        .Select(static one => KeyValuePair.Create(one.Key, one.Min()));

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
                Publish();
                TellAges();
            }
        }
    }

    private void Publish() => current = new CertificateSet([.. read, .. managed.Values]);

    private bool TryRead(int place)
    {
        var watched = files[place];
        try
        {
            var renewed = watched.Files.Read(Options);
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
