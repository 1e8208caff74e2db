using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hotplate.Settings;

/// <summary>Settings of certificates that are got by themselves.</summary>
internal static class AcmeTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Encryption, "domain", "NAME", "A host name that leads to this machine; may be given several times. A certificate "
            + "is got for it from Let's Encrypt, whose terms are thereby "
            + "agreed to, and renewed; --https-port and --http-port are listened on.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.Acme = draft.Acme with { Domains = [.. draft.Acme.Domains.Append(Domain(text)).Distinct()] },
            Show = settings => string.Join(',', settings.Acme.Domains),
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "https-port", "PORT",
            "With --domain: where TLS is spoken. A port is everywhere; an address may stand before it, as in 192.0.2.7:443.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { HttpsPort = Port(text) },
            Show = settings => settings.Acme.HttpsPort,
        },
        new(SettingGroup.Encryption, "http-port", "PORT|off",
            "With --domain: where everybody is led to https, and authorities get their answers.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { HttpPort = text == "off" ? null : Port(text) },
            Show = settings => settings.Acme.HttpPort ?? "off",
        },
        new(SettingGroup.Encryption, "acme-server", "URL|letsencrypt|staging",
            "The authority's directory (RFC 8555). staging is Let's Encrypt's for trying things out, which browsers do not trust.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeServer = Server(text) },
            Show = settings => settings.Acme.AcmeServer switch
            {
                AcmeSettings.LetsEncrypt => "letsencrypt",
                AcmeSettings.Staging => "staging",
                var url => url,
            },
        },
        new(SettingGroup.Encryption, "acme-email", "ADDRESS", "Whom the authority may write to.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeEmail = Email(text) },
            Show = settings => settings.Acme.AcmeEmail ?? "",
            DefaultText = "nobody",
        },
        new(SettingGroup.Encryption, "acme-folder", "FOLDER",
            "Where account, keys and certificates are kept, for their owner alone. Several servers may share one.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeFolder = draft.FullPath(text) },
            Show = settings => settings.Acme.AcmeFolder ?? "",
            DefaultText = "$STATE_DIRECTORY/acme of systemd, /var/lib/hotplate/acme for root, ~/.local/share/hotplate/acme",
        },
        new(SettingGroup.Encryption, "acme-eab-kid", "ID",
            "The account's key identifier, at authorities that know their users (external account binding); with --acme-eab-key-file.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeEabKid = text },
            Show = settings => settings.Acme.AcmeEabKid ?? "",
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "acme-eab-key-file", "FILE", "A file with the secret that belongs to it, in base64url.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeEabKeyFile = draft.FullPath(text) },
            Show = settings => settings.Acme.AcmeEabKeyFile ?? "",
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "acme-dns-command", "PROGRAM", "A program that makes and removes TXT records, for wildcards and for "
            + "machines that nobody can connect to. It is run as PROGRAM add NAME VALUE "
            + "and PROGRAM remove NAME VALUE, and ends when it is done.")
        {
            Read = (draft, text) => draft.Acme = draft.Acme with { AcmeDnsCommand = text.Contains('/', StringComparison.Ordinal)
                ? draft.FullPath(text) : text },
            Show = settings => settings.Acme.AcmeDnsCommand ?? "",
            DefaultText = "none",
        },
    ];

    /// <summary>Where --domain has the server listen, besides what --bind says.</summary>
    public static IEnumerable<BindAddress> Binds(AcmeSettings acme)
    {
        if (!acme.IsWanted)
        {
            yield break;
        }
        yield return At(acme.HttpsPort) with { Text = $"https://:{acme.HttpsPort}", Tls = true };
        if (acme.HttpPort is { } port)
        {
            yield return At(port) with { Text = $"http://:{port}", Tls = false, Redirects = true };
        }
    }

    /// <summary>What each value allows, the others may forbid.</summary>
    public static IEnumerable<SettingsProblem> Contradictions(AcmeSettings acme)
    {
        if (acme.Domains.FirstOrDefault(static name => name.StartsWith('*')) is { } wild && acme.AcmeDnsCommand is null)
        {
            yield return new SettingsProblem(ErrorCode.BadAcme, $"--domain {wild}", "a wildcard is proved in the DNS only. Name a program "
                + "that makes records there: --acme-dns-command PROGRAM; or name the hosts.");
        }
        if ((acme.AcmeEabKid is null) != (acme.AcmeEabKeyFile is null))
        {
            yield return new SettingsProblem(ErrorCode.BadAcme, acme.AcmeEabKid is null ? "--acme-eab-key-file" : "--acme-eab-kid",
                "--acme-eab-kid and --acme-eab-key-file belong together: give both.");
        }
    }

    /// <summary>A port alone is both families on one socket: authorities ask by IPv6 where there is an AAAA record.</summary>
    private static BindAddress At(string text)
    {
        var bind = BindAddressText.Parse(text.Contains(':', StringComparison.Ordinal) ? text : ":" + text);
        return bind.EndPoint is { } end && end.Address.Equals(IPAddress.Any) && Socket.OSSupportsIPv6
            ? bind with { EndPoint = new IPEndPoint(IPAddress.IPv6Any, end.Port) }
            : bind;
    }

    private static string Port(string text) => At(text) is { EndPoint: not null, Http2: false, Tls: null }
        ? text
        : throw new SettingException(ErrorCode.BadBind,
        "a port is needed here, with an address before it perhaps: 443, 192.0.2.7:443, [2001:db8::7]:443.");

    private static string Domain(string text)
    {
        string name;
        try
        {
            name = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(
                text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text).ToLowerInvariant().TrimEnd('.');
        }
        catch (ArgumentException)
        {
            name = "";
        }
        if (!name.Contains('.', StringComparison.Ordinal) || name.Length > 253 || IPAddress.TryParse(name, out _)
            || name.Split('.').Any(static label => label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-'
            || !label.All(static one => char.IsAsciiLetterOrDigit(one) || one == '-')))
        {
            throw new SettingException(ErrorCode.BadAcme, "the name of a host is needed here, as the DNS has it: shop.example.org, or "
                + "*.example.org. No address, no port, no https://.");
        }
        return text.StartsWith("*.", StringComparison.Ordinal) ? "*." + name : name;
    }

    private static string Server(string text) => text switch
    {
        "letsencrypt" => AcmeSettings.LetsEncrypt,
        "staging" => AcmeSettings.Staging,
        _ when Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0 => text,
        _ => throw new SettingException(ErrorCode.BadAcme, "the https:// address of an ACME directory is needed here, or staging."),
    };

    private static string Email(string text) => text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        && !text.Any(static one => char.IsControl(one) || one is ' ' or ',' or '?')
        ? text
        : throw new SettingException(ErrorCode.BadAcme, "an address such as you@example.org is needed here.");
}
