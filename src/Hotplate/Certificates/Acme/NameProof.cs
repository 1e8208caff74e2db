namespace Hotplate.Certificates.Acme;

/// <summary>How it is proved that a name is ours: RFC 8555 §8.</summary>
/// <param name="dns">The user's program for dns-01; null: there is none.</param>
/// <param name="servesHttp">This server answers on port 80.</param>
internal sealed class NameProof(AccountKey key, ChallengeAnswers answers, DnsCommand? dns, bool servesHttp)
{
    internal const string Http = "http-01";
    internal const string Alpn = "tls-alpn-01";
    internal const string Dns = "dns-01";

    /// <summary>The challenge to take up.</summary>
    /// <param name="turn">How many tries have failed: the other way is tried then.</param>
    /// <exception cref="AcmeException">None that is offered can be.</exception>
    internal AcmeChallenge Choose(AcmeAuthorization authorization, int turn)
    {
        string[] ways = dns is not null ? [Dns] : !servesHttp ? [Alpn] : turn % 2 == 0 ? [Http, Alpn] : [Alpn, Http];
        foreach (var way in ways)
        {
            if (authorization.Challenges?.FirstOrDefault(
                one => one is { Url: not null, Token: not null } && one.Type == way) is { } challenge)
            {
                return challenge;
            }
        }
        var offered = string.Join(", ", authorization.Challenges?.Select(static one => one.Type) ?? []);
        throw new AcmeException("", $"the authority offers {offered} for {authorization.Identifier?.Value}, and this server can "
            + $"{string.Join(", ", ways)}; --acme-dns-command makes it dns-01");
    }

    internal Task BeginAsync(AcmeChallenge challenge, string name, CancellationToken cancel)
    {
        var authorization = key.Authorize(challenge.Token!);
        switch (challenge.Type)
        {
            case Dns:
                return dns!.RunAsync("add", name, ChallengeCertificate.DnsValue(authorization), cancel);
            case Http:
                answers.Add(challenge.Token!, authorization);
                break;
            default:
                answers.Add(name, authorization);
                break;
        }
        return Task.CompletedTask;
    }

    internal async Task EndAsync(AcmeChallenge challenge, string name)
    {
        switch (challenge.Type)
        {
            case Dns:
                try
                {
                    await dns!.RunAsync("remove", name, ChallengeCertificate.DnsValue(key.Authorize(challenge.Token!)),
                        CancellationToken.None);
                }
                catch (AcmeException)
                {
                    // A record too many proves nothing to nobody.
                }
                break;
            case Http:
                answers.Remove(challenge.Token!);
                break;
            default:
                answers.Remove(name);
                break;
        }
    }
}
