using Hotplate.Settings;

namespace Hotplate.Certificates.Acme;

/// <summary>Sees to it that each name has a certificate: gets it, renews it, and takes what another server that shares the folder has
/// got.</summary>
/// <remarks>Clients get what there is meanwhile: the certificate from before, or one that nobody has signed.</remarks>
internal sealed class DomainKeeper : IAsyncDisposable
{
    private readonly AcmeSettings settings;
    private readonly CertificateStore store;
    private readonly AcmeFolder folder;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly AccountKey key;
    private readonly AcmeClient client;
    private readonly Issuance issuance;
    private readonly CancellationTokenSource over = new();
    private readonly Dictionary<string, string> shown = new(StringComparer.Ordinal);
    private Task loop = Task.CompletedTask;

    /// <param name="servesHttp">Somebody answers on port 80 with what <see cref="Answers"/> has.</param>
    /// <exception cref="CertificateException">The folder cannot be used.</exception>
    internal DomainKeeper(AcmeSettings settings, CertificateStore store, bool servesHttp, TimeProvider time, ILogger log)
    {
        (this.settings, this.store, this.time, this.log) = (settings, store, time, log);
        folder = new AcmeFolder(settings.AcmeFolder ?? DataFolder.Of("acme"));
        Answers = new ChallengeAnswers(folder);
        key = TakeKey();
        client = new AcmeClient(settings.AcmeServer, key, time);
        issuance = new Issuance(
            settings, folder, client, key, new NameProof(
                key, Answers, settings.AcmeDnsCommand is { } program ? new DnsCommand(program) : null, servesHttp), time);
        store.Challenge = name => Answers.Find(name) is { } authorization ? ChallengeCertificate.Make(name, authorization, time.GetUtcNow())
            : null;
        foreach (var domain in settings.Domains)
        {
            if (!TryShow(domain))
            {
                store.Manage(domain, TemporaryCertificate.Make(domain, store.Options, time.GetUtcNow()));
            }
        }
    }

    /// <summary>How often it is looked whether something is due. By the clock on the wall, which may jump.</summary>
    internal static TimeSpan Interval { get; } = TimeSpan.FromSeconds(30);

    internal ChallengeAnswers Answers { get; }

    /// <summary>Clients and authorities can connect from now on.</summary>
    internal void Start() => loop = RunAsync(over.Token);

    /// <summary>For each name how many tries have failed, one after the other.</summary>
    internal IEnumerable<KeyValuePair<string, long>> Failures() =>
        settings.Domains.Select(domain => KeyValuePair.Create(domain, (long)folder.ReadStatus(domain).Failures));

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        client.Dispose();
        key.Dispose();
        over.Dispose();
    }

    /// <summary>Does what is due for one name.</summary>
    internal async Task LookAsync(string domain, CancellationToken cancel)
    {
        TryShow(domain);
        try
        {
            var status = folder.ReadStatus(domain);
            var certificate = Signed(domain);
            if (certificate is not null)
            {
                status = await PlanAsync(domain, certificate, status, cancel);
            }
            var now = time.GetUtcNow();
            if ((certificate is not null && now < status.RenewAt)
                || (status.NotBefore is { } later && now < later && !RenewalPlan.IsBeyond(later, now)))
            {
                return;
            }
            using var turn = folder.TryLock();
            // Another server is at it, or was: then there is something new.
            if (turn is not null && !TryShow(domain))
            {
                await GetAsync(domain, certificate, status, cancel);
            }
        }
        catch (IOException error)
        {
            log.FolderNotWritten(folder.Path, error.Message);
        }
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        using var clock = new PeriodicTimer(Interval, time);
        do
        {
            foreach (var domain in settings.Domains)
            {
                await LookAsync(domain, cancel);
            }
        }
        while (await clock.WaitForNextTickAsync(cancel));
    }

    private async Task GetAsync(string domain, ServerCertificate? before, DomainStatus status, CancellationToken cancel)
    {
        try
        {
            await issuance.RunAsync(domain, before?.RenewalName, status.Failures, cancel);
            folder.WriteStatus(domain, new DomainStatus());
            TryShow(domain);
            if (Signed(domain) is { } got)
            {
                await PlanAsync(domain, got, new DomainStatus(), cancel);
                log.CertificateGot(domain, got.Issuer, got.NotAfter);
            }
        }
        catch (Exception error) when (error is AcmeException or CertificateException or FormatException
            or System.Security.Cryptography.CryptographicException)
        {
            var now = time.GetUtcNow();
            var failures = status.Failures + 1;
            var again = now + RenewalPlan.Pause(failures, (error as AcmeException)?.RetryAfter, Random.Shared.NextDouble());
            folder.WriteStatus(domain, status with { Failures = failures, Error = error.Message, FailedAt = now, NotBefore = again });
            var advice = (error as AcmeException)?.Advice(domain) ?? "";
            if (before is null)
            {
                log.CertificateNotGot(domain, error.Message, again, advice);
            }
            else
            {
                log.CertificateNotRenewed(domain, error.Message, before.NotAfter, again, advice);
            }
        }
    }

    /// <summary>Decides when to renew, once; an authority that has an opinion is asked again now and then (RFC 9773 §4.3).</summary>
    private async Task<DomainStatus> PlanAsync(string domain, ServerCertificate certificate, DomainStatus status, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (status.RenewAt is not null && now < status.AskAt)
        {
            return status;
        }
        var plan = status with
        {
            RenewAt = status.RenewAt ?? RenewalPlan.ByAge(certificate.NotBefore, certificate.NotAfter, Random.Shared.NextDouble()),
            AskAt = now + RenewalPlan.BetweenQuestions,
        };
        try
        {
            if ((await client.DirectoryAsync(cancel)).RenewalInfo is { } place && certificate.RenewalName is { } name)
            {
                var answer = await client.GetAsync($"{place.TrimEnd('/')}/{name}", cancel);
                var told = AcmeClient.Parse(answer.Body, AcmeJson.Default.AcmeRenewal);
                plan = plan with
                {
                    AskAt = now + (answer.RetryAfter is { } pause && pause > TimeSpan.FromMinutes(1) ? pause
                        : RenewalPlan.BetweenQuestions),
                    RenewAt = told.SuggestedWindow is not { } window ? plan.RenewAt
                        : plan.RenewAt >= window.Start && plan.RenewAt <= window.End ? plan.RenewAt
                        : RenewalPlan.InWindow(window, Random.Shared.NextDouble()),
                };
            }
        }
        catch (AcmeException)
        {
            // It has no opinion, or is not there: age decides.
        }
        if (plan != status)
        {
            folder.WriteStatus(domain, plan);
        }
        return plan;
    }

    private ServerCertificate? Signed(string domain) => shown.ContainsKey(domain) ? store.Managed(domain) : null;

    /// <summary>Clients get what lies in the folder. True: it is another one than before.</summary>
    private bool TryShow(string domain)
    {
        try
        {
            if (folder.ReadBundle(domain) is not { } bundle || (shown.TryGetValue(domain, out var before) && before == bundle))
            {
                return false;
            }
            var file = folder.BundleOf(domain);
            store.Manage(domain, new CertificateFiles(file, file).Read(store.Options));
            shown[domain] = bundle;
            return true;
        }
        catch (CertificateException error)
        {
            log.BundleNotRead(domain, error.Message);
            return false;
        }
    }

    private AccountKey TakeKey()
    {
        // Two servers that start together must not make one each.
        for (var tries = 0; ; tries++)
        {
            using var turn = folder.TryLock();
            if (turn is not null || folder.HasKey)
            {
                return folder.Key();
            }
            if (tries == 100)
            {
                throw new CertificateException($"HP320  --acme-folder {folder.Path}: another process has held its lock for ten seconds. "
                    + $"Which one: fuser {folder.Path}/lock");
            }
            Thread.Sleep(100);
        }
    }
}
