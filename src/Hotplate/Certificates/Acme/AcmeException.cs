namespace Hotplate.Certificates.Acme;

/// <summary>The authority refuses something, or does not answer as it should.</summary>
/// <param name="kind">The last word of the problem's type (RFC 8555 §6.7): <c>rateLimited</c>; empty: none was told.</param>
internal sealed class AcmeException(string kind, string detail, Exception? inner = null) : Exception(detail, inner)
{
    internal string Kind { get; } = kind;

    /// <summary>The status of the answer; 0: there was none.</summary>
    internal int Status { get; init; }

    /// <summary>Not before that time again; null: it was not told.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>What somebody can do about it; empty: nothing but wait.</summary>
    internal string Advice(string domain) => Kind switch
    {
        "rateLimited" => "The authority gives no more for now. Look for a server that orders anew at each start because it does not keep "
            + "--acme-folder; while you try things out, use --acme-server staging.",
        "caa" => $"A CAA record of {domain}, or of a domain above it, allows other authorities only. Add this one to it (0 issue "
            + "\"letsencrypt.org\" for Let's Encrypt), or choose the other: --acme-server URL",
        "dns" => $"The authority finds no address of {domain}. Its A or AAAA record must lead to this machine: getent ahosts {domain}",
        "connection" => $"The authority cannot reach this server. {domain} must lead here (A and AAAA records both), and the ports 80 and "
            + "443 be open to everybody.",
        "unauthorized" or "incorrectResponse" => $"Something else than this server answers for {domain}: an older address in an A or AAAA "
            + "record, a CDN, or another web server on port 80.",
        "tls" => $"The authority reached port 443 of {domain}, and something else than this server answered there.",
        "externalAccountRequired" => "This authority knows its users: give --acme-eab-kid and --acme-eab-key-file, which it shows in your "
            + "account there.",
        "rejectedIdentifier" => "The authority does not sign this name. Is it a public name, spelled right?",
        "userActionRequired" => "The authority wants its new terms to be agreed to: see the address in its message.",
        _ => "",
    };
}
