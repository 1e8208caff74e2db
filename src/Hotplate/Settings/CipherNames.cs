using System.Net.Security;

namespace Hotplate.Settings;

/// <summary>The cipher suites that may be chosen, by OpenSSL's names and the registry's: those with forward secrecy and authenticated
/// encryption.</summary>
internal static class CipherNames
{
    private static readonly (string OpenSsl, TlsCipherSuite Suite)[] All =
    [
        ("TLS_AES_128_GCM_SHA256", TlsCipherSuite.TLS_AES_128_GCM_SHA256),
        ("TLS_AES_256_GCM_SHA384", TlsCipherSuite.TLS_AES_256_GCM_SHA384),
        ("TLS_CHACHA20_POLY1305_SHA256", TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
        ("ECDHE-RSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
        ("ECDHE-RSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
        ("ECDHE-RSA-CHACHA20-POLY1305", TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    ];

    /// <exception cref="SettingException">One of them is not known, or no suite of TLS 1.3 is left.</exception>
    public static IReadOnlyList<TlsCipherSuite> Parse(string text)
    {
        if (text == "default")
        {
            return [];
        }
        var suites = text.Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(Find).Distinct().ToList();
        // OpenSSL's lists leave the suites of TLS 1.3 as they are.
        return [.. All.Select(static one => one.Suite).Take(3).Where(suite => !suites.Exists(IsOf13) || suites.Contains(suite)),
            .. suites.Where(static suite => !IsOf13(suite))];
    }

    public static string Show(IReadOnlyList<TlsCipherSuite> suites) =>
        suites.Count == 0 ? "default" : string.Join(':', suites.Select(static suite => All.First(one => one.Suite == suite).OpenSsl));

    /// <summary>OpenSSL's name; of a suite that cannot be chosen the registry's.</summary>
    public static string NameOf(TlsCipherSuite suite) => All.FirstOrDefault(one => one.Suite == suite).OpenSsl ?? suite.ToString();

    private static bool IsOf13(TlsCipherSuite suite) => ((int)suite >> 8) == 0x13;

    private static TlsCipherSuite Find(string name)
    {
        foreach (var (openSsl, suite) in All)
        {
            if (name.Equals(openSsl, StringComparison.OrdinalIgnoreCase)
                || name.Equals(suite.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return suite;
            }
        }
        throw new SettingException(
            ErrorCode.BadCiphers, $"\"{name}\" is no cipher suite that can be chosen here. Name some of these, with colons between: "
                + $"{string.Join(' ', All.Select(static one => one.OpenSsl))}; "
            + "or leave the flag out: the default is what is sound today.");
    }
}
