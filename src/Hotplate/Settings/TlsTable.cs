namespace Hotplate.Settings;

/// <summary>Settings of TLS.</summary>
internal static class TlsTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Encryption, "certfile", "FILE",
            "A PEM file with a certificate, and behind it those that vouch for it (fullchain.pem); "
            + "may be given several times. TLS is then spoken "
            + "wherever --bind names a port, but for http:// and h2c:. Clients get the one with the name that they ask for, the first "
            + "when none has it. A renewed file is taken within seconds.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.Tls = draft.Tls with { CertFiles = [.. draft.Tls.CertFiles, draft.FullPath(text)] },
            Show = settings => string.Join(',', settings.Tls.CertFiles),
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "keyfile", "FILE",
            "The PEM file with the key of the --certfile that stands in the same place among its "
            + "like. Needed where the key is not in the certificate's own file.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.Tls = draft.Tls with { KeyFiles = [.. draft.Tls.KeyFiles, draft.FullPath(text)] },
            Show = settings => string.Join(',', settings.Tls.KeyFiles),
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "keyfile-password-file", "FILE",
            "A file whose first line is the password of the keys that are encrypted.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with { KeyPasswordFile = draft.FullPath(text) },
            Show = settings => settings.Tls.KeyPasswordFile ?? "",
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "tls-min", "1.2|1.3", "The oldest TLS that is spoken.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with { OnlyTls13 = Values.Choice(text, "1.2", "1.3") == 1 },
            Show = settings => settings.Tls.OnlyTls13 ? "1.3" : "1.2",
        },
        new(SettingGroup.Encryption, "ciphers", "LIST|default",
            "Cipher suites, by OpenSSL's names with colons between. With a list of one's "
            + "own, sessions are not resumed: leave it out unless a rule asks for it.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with { Ciphers = CipherNames.Parse(text) },
            Show = settings => CipherNames.Show(settings.Tls.Ciphers),
        },
        new(SettingGroup.Encryption, "ca-certs", "FILE",
            "A PEM file of the authorities that vouch for clients' certificates; with --cert-reqs.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with { CaCerts = draft.FullPath(text) },
            Show = settings => settings.Tls.CaCerts ?? "",
            DefaultText = "none",
        },
        new(SettingGroup.Encryption, "cert-reqs", "none|optional|required",
            "Whether clients must show a certificate that --ca-certs vouches "
            + "for: none are asked, whoever has one shows it, or all must. gunicorn's 0, 1 and 2 are understood.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with
            {
                CertReqs = (ClientCertificateRule)(
                    text is ['0' or '1' or '2'] ? text[0] - '0' : Values.Choice(text, "none", "optional", "required")),
            },
            Show = settings => settings.Tls.CertReqs switch
            {
                ClientCertificateRule.None => "none",
                ClientCertificateRule.Optional => "optional",
                _ => "required",
            },
        },
        new(SettingGroup.Encryption, "hsts", "TIME|off",
            "Answers over https tell browsers to use nothing else for this host for so long: days (365d) or seconds. For all names below "
            + "it too: 365d,subdomains; for the list that browsers come with: 365d,subdomains,preload. What the application sets stays.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { Hsts = HstsText.Parse(text) },
            Show = settings => HstsText.Show(settings.Http.Hsts),
        },
        new(SettingGroup.Encryption, "https", "on|off",
            "For hotplate dev: TLS with a certificate for localhost that an authority of this user's own signs (docs/dev.md). "
            + "A server for others has --domain.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Tls = draft.Tls with { IsLocal = Values.OnOff(text) },
            Show = settings => settings.Tls.IsLocal ? "on" : "off",
        },
        new(SettingGroup.Encryption, "handshake-timeout", "TIME", "How long a client may take until TLS is agreed on.")
        {
            Read = (draft, text) => draft.Tls = draft.Tls with { HandshakeTimeout = Values.Duration(text, least: TimeSpan.FromSeconds(1)) },
            Show = settings => Values.Show(settings.Tls.HandshakeTimeout),
        },
    ];

    /// <summary>What each value allows, the others may forbid.</summary>
    public static IEnumerable<SettingsProblem> Contradictions(
        TlsSettings tls, IReadOnlyList<BindAddress> binds, bool acme, bool development)
    {
        if (tls.IsLocal && !development)
        {
            yield return new SettingsProblem(ErrorCode.BadTls, "--https",
                "is for hotplate dev: nobody else trusts such a certificate. Give --domain NAME, or --certfile FILE.");
        }
        if (tls.KeyFiles.Count > 0 && tls.KeyFiles.Count != tls.CertFiles.Count)
        {
            yield return new SettingsProblem(
                ErrorCode.BadTls, "--keyfile", $"{Count(tls.KeyFiles.Count, "key")} for {Count(tls.CertFiles.Count, "certificate")}. Give "
                    + "one --keyfile for each --certfile, in the same order; "
                + "or none, where each key stands in the certificate's file.");
        }
        if (binds.FirstOrDefault(static bind => bind.Tls == true) is { } secure && !tls.HasCertificates && !tls.IsLocal && !acme)
        {
            yield return new SettingsProblem(ErrorCode.BadTls, $"--bind {secure.Text}",
                "there is no certificate to speak TLS with. Give --domain, or --certfile and --keyfile.");
        }
        if (tls.CertReqs != ClientCertificateRule.None && tls.CaCerts is null)
        {
            yield return new SettingsProblem(ErrorCode.BadTls, "--cert-reqs",
                "who vouches for clients' certificates? Name the file of the authorities: --ca-certs FILE.");
        }
        if (tls.HasCertificates && binds.Count > 0 && !binds.Any(tls.Speaks))
        {
            yield return new SettingsProblem(ErrorCode.BadTls, $"--certfile {tls.CertFiles[0]}",
                "no --bind speaks TLS. Add one: --bind https://:443");
        }
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
