namespace Hotplate.Certificates;

/// <summary>All certificates of a moment, and which of them a client gets.</summary>
/// <param name="all">The first one's names are those that whoever asks for no name, or for another, gets.</param>
internal sealed class CertificateSet(IReadOnlyList<ServerCertificate> all)
{
    private readonly Dictionary<string, List<ServerCertificate>> byName = Index(all);

    internal IReadOnlyList<ServerCertificate> All => all;

    /// <summary>The one with the name that is asked for, else with a wildcard for it, else the first; of several the one whose key the
    /// client understands best.</summary>
    /// <returns>Null: there is none at all.</returns>
    internal ServerCertificate? Choose(ClientHello hello)
    {
        if (all.Count == 0)
        {
            return null;
        }
        if (hello.ServerName is { } name)
        {
            if (byName.TryGetValue(name, out var exact))
            {
                return Best(exact, hello);
            }
            // RFC 9525 §6.3: the star stands for one whole label.
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && byName.TryGetValue("*" + name[dot..], out var wild))
            {
                return Best(wild, hello);
            }
        }
        return all[0].Names is [var first, ..] ? Best(byName[first], hello) : all[0];
    }

    // A signature by ECDSA costs a tenth of RSA's.
    private static ServerCertificate Best(List<ServerCertificate> candidates, ClientHello hello) =>
        candidates.Find(one => one.IsEcdsa == hello.TakesEcdsa) ?? candidates[0];

    private static Dictionary<string, List<ServerCertificate>> Index(IReadOnlyList<ServerCertificate> all)
    {
        var index = new Dictionary<string, List<ServerCertificate>>(StringComparer.Ordinal);
        foreach (var certificate in all)
        {
            foreach (var name in certificate.Names)
            {
                if (!index.TryGetValue(name, out var same))
                {
                    index.Add(name, same = []);
                }
                same.Add(certificate);
            }
        }
        return index;
    }
}
