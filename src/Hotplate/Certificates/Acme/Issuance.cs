using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Hotplate.Settings;

namespace Hotplate.Certificates.Acme;

/// <summary>Gets a certificate for one name: RFC 8555 §7. An order that was begun by somebody who is gone is taken up where it
/// stands.</summary>
/// <remarks>What another step needs is on disk before that step is begun, so that no crash loses the certificate from before or orders a
/// second time.</remarks>
internal sealed class Issuance(AcmeSettings settings, AcmeFolder folder, AcmeClient client, AccountKey key, NameProof proof,
    TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <param name="replaces">The certificate from before, as RFC 9773 §4.1 names it; null: there is none.</param>
    /// <param name="turn">How many tries have failed.</param>
    /// <exception cref="AcmeException">It is refused.</exception>
    /// <exception cref="IOException">What must be kept cannot be written.</exception>
    internal async Task RunAsync(string domain, string? replaces, int turn, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Longest);
        try
        {
            await EnsureAccountAsync(patience.Token);
            try
            {
                await OrderAsync(domain, replaces, turn, patience.Token);
            }
            catch (AcmeException error) when (error.Kind == "accountDoesNotExist")
            {
                // It was there once: an authority for trials that has forgotten everything.
                folder.RemoveAccount(settings.AcmeServer);
                folder.RemoveOrder(domain);
                client.Account = null;
                await EnsureAccountAsync(patience.Token);
                await OrderAsync(domain, replaces, turn, patience.Token);
            }
        }
        catch (OperationCanceledException error) when (!cancel.IsCancellationRequested)
        {
            throw new AcmeException("", $"the authority did not come to an end with it within {Longest.TotalMinutes} minutes", error);
        }
    }

    /// <summary>§7.3. For a key that has an account already, the authority tells which.</summary>
    private async Task EnsureAccountAsync(CancellationToken cancel)
    {
        if ((client.Account ??= folder.ReadAccount(settings.AcmeServer)) is not null)
        {
            return;
        }
        var directory = await client.DirectoryAsync(cancel);
        var binding = settings is { AcmeEabKid: { } kid, AcmeEabKeyFile: { } file }
            ? key.BindTo(kid, CertificateFiles.Text(file, "--acme-eab-key-file").Trim(), directory.NewAccount)
            : null;
        if (binding is null && directory.Meta?.ExternalAccountRequired == true)
        {
            throw new AcmeException("externalAccountRequired", "the authority wants to know who its users are");
        }
        var wanted = new AcmeNewAccount(true, settings.AcmeEmail is { } email ? [$"mailto:{email}"] : null, binding);
        var made = await client.PostAsync(directory.NewAccount, JsonSerializer.Serialize(wanted, AcmeJson.Default.AcmeNewAccount), cancel);
        client.Account = made.Location ?? throw new AcmeException("", "the authority did not say where the account is");
        folder.WriteAccount(settings.AcmeServer, client.Account);
    }

    private async Task OrderAsync(string domain, string? replaces, int turn, CancellationToken cancel)
    {
        var (pending, order) = await TakeUpAsync(domain, cancel);
        if (order is null)
        {
            (pending, order) = await BeginAsync(domain, replaces, cancel);
        }
        AcmeAnswer? answer = null;
        try
        {
            while (true)
            {
                switch (order.Status)
                {
                    case "pending":
                        foreach (var url in order.Authorizations ?? [])
                        {
                            await ProveAsync(url, turn, cancel);
                        }
                        break;
                    case "ready":
                        await FinalizeAsync(domain, pending!, order, cancel);
                        break;
                    case "valid" when order.Certificate is not null:
                        await DownloadAsync(domain, pending!, order.Certificate, cancel);
                        return;
                    case "invalid":
                        throw order.Error is { } error ? AcmeClient.Refusal(error)
                            : new AcmeException("", "the authority has given up the order");
                    default:
                        await WaitAsync(answer, cancel);
                        break;
                }
                (order, answer) = await client.PostAsync(pending!.Url, null, AcmeJson.Default.AcmeOrder, cancel);
            }
        }
        catch (AcmeException error) when (IsOver(error))
        {
            folder.RemoveOrder(domain);
            throw;
        }
    }

    /// <summary>The authority has said no: there is nothing to take up. Otherwise it was only not reached.</summary>
    private static bool IsOver(AcmeException error) =>
        error.Kind is not ("" or "badNonce" or "rateLimited" or "serverInternal" or "orderNotReady") || error.Status is 404;

    private async Task<(PendingOrder? Pending, AcmeOrder? Order)> TakeUpAsync(string domain, CancellationToken cancel)
    {
        if (folder.ReadOrder(domain) is not { Url.Length: > 0 } pending || pending.Authority != settings.AcmeServer)
        {
            return default;
        }
        try
        {
            var (order, _) = await client.PostAsync(pending.Url, null, AcmeJson.Default.AcmeOrder, cancel);
            if (order.Status != "invalid")
            {
                return (pending, order);
            }
        }
        catch (AcmeException error) when (error.Status is >= 400 and < 500
            && error.Kind is not ("rateLimited" or "accountDoesNotExist" or "badNonce"))
        {
            // Expired, or another account's.
        }
        folder.RemoveOrder(domain);
        return default;
    }

    /// <summary>§7.4.</summary>
    private async Task<(PendingOrder, AcmeOrder)> BeginAsync(string domain, string? replaces, CancellationToken cancel)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pending = new PendingOrder(settings.AcmeServer, "", own.ExportPkcs8PrivateKeyPem());
        // Where it cannot be kept, nothing is ordered.
        folder.WriteOrder(domain, pending);
        var directory = await client.DirectoryAsync(cancel);
        (AcmeOrder Order, AcmeAnswer Answer) made;
        try
        {
            made = await AskAsync(directory.RenewalInfo is null ? null : replaces);
        }
        catch (AcmeException error) when (replaces is not null && error.Kind is "alreadyReplaced" or "malformed")
        {
            made = await AskAsync(null);
        }
        var place = made.Answer.Location ?? throw new AcmeException("", "the authority did not say where the order is");
        pending = pending with { Url = place };
        folder.WriteOrder(domain, pending);
        return (pending, made.Order);

        Task<(AcmeOrder, AcmeAnswer)> AskAsync(string? replaced) => client.PostAsync(
            directory.NewOrder, JsonSerializer.Serialize(new AcmeNewOrder([new AcmeIdentifier("dns", domain)], replaced),
                AcmeJson.Default.AcmeNewOrder), AcmeJson.Default.AcmeOrder, cancel);
    }

    /// <summary>§7.5.</summary>
    private async Task ProveAsync(string url, int turn, CancellationToken cancel)
    {
        var (authorization, answer) = await client.PostAsync(url, null, AcmeJson.Default.AcmeAuthorization, cancel);
        if (authorization is not { Status: "pending", Identifier: { } identifier })
        {
            return;
        }
        var challenge = proof.Choose(authorization, turn);
        try
        {
            await proof.BeginAsync(challenge, identifier.Value, cancel);
            await client.PostAsync(challenge.Url!, "{}", cancel);
            do
            {
                await WaitAsync(answer, cancel);
                (authorization, answer) = await client.PostAsync(url, null, AcmeJson.Default.AcmeAuthorization, cancel);
            }
            while (authorization.Status == "pending");
        }
        finally
        {
            await proof.EndAsync(challenge, identifier.Value);
        }
        if (authorization.Status != "valid")
        {
            throw authorization.Challenges?.FirstOrDefault(static one => one.Error is not null)?.Error is { } error
                ? AcmeClient.Refusal(error)
                : new AcmeException("unauthorized",
                $"the authority does not believe that {identifier.Value} is ours ({authorization.Status})");
        }
    }

    /// <summary>§7.4, the end of it.</summary>
    private async Task FinalizeAsync(string domain, PendingOrder pending, AcmeOrder order, CancellationToken cancel)
    {
        using var own = ECDsa.Create();
        own.ImportFromPem(pending.Key);
        var request = new CertificateRequest("CN=" + domain, own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(domain);
        request.CertificateExtensions.Add(names.Build());
        var csr = Base64Url.EncodeToString(request.CreateSigningRequest());
        try
        {
            await client.PostAsync(order.Finalize!, JsonSerializer.Serialize(new AcmeFinalize(csr), AcmeJson.Default.AcmeFinalize), cancel);
        }
        catch (AcmeException error) when (error.Kind == "orderNotReady")
        {
            // Somebody has said so already, and the answer was lost.
            await WaitAsync(null, cancel);
        }
    }

    /// <summary>§7.4.2.</summary>
    private async Task DownloadAsync(string domain, PendingOrder pending, string url, CancellationToken cancel)
    {
        var chain = Encoding.UTF8.GetString((await client.PostAsync(url, null, cancel)).Body);
        try
        {
            using var leaf = X509Certificate2.CreateFromPem(chain, pending.Key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new AcmeException("badCertificate",
                $"what the authority gave is no certificate for the key that was asked for: {error.Message}", error);
        }
        folder.WriteBundle(domain, chain, pending.Key);
        folder.RemoveOrder(domain);
    }

    private Task WaitAsync(AcmeAnswer? answer, CancellationToken cancel)
    {
        var pause = answer?.RetryAfter ?? Pause;
        return Task.Delay(pause < TimeSpan.Zero ? Pause : pause > LongestPause ? LongestPause : pause, time, cancel);
    }
}
