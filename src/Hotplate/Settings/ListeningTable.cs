namespace Hotplate.Settings;

/// <summary>Settings of where to listen.</summary>
internal static class ListeningTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Listening, "bind", "ADDRESS", "Where to listen; may be given several times. host:port, :port, [::1]:port, "
            + "https://host:port for TLS, http://host:port for none, unix:/path or "
            + "unix:/path?mode=660, unix:@name for a socket that is no file, h2c:host:port for HTTP/2 without TLS, systemd:NAME or fd://3 for one that listens already. Port 0 lets the kernel choose one.")
        {
            Letter = 'b',
            Repeatable = true,
            PlatformVariable = "PORT",
            FromPlatform = port => $"0.0.0.0:{Values.Whole(port, 0, 65535)}",
            Read = (draft, text) => draft.Binds.Add(BindAddressText.Parse(text)),
            Show = settings => string.Join(',', settings.Binds.Select(bind => bind.Text)),
            DefaultText = "what systemd passes, or 0.0.0.0:$PORT, or 127.0.0.1:8000",
        },
        new(SettingGroup.Listening, "backlog", "N", "Connections that the kernel holds before the server takes them, 1 to 65535; it lowers that to net.core.somaxconn.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { Backlog = Values.Whole(text, 1, 65535) },
            Show = settings => settings.Http.Backlog.ToString(),
        },
        new(SettingGroup.Listening, "forwarded-allow-ips", "LIST", "Whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix to believe: addresses and "
            + "networks with commas between, * for everyone, nothing for nobody.")
        {
            PlatformVariable = "FORWARDED_ALLOW_IPS",
            Read = (draft, text) => draft.Http = draft.Http with { TrustedProxies = TrustedProxiesText.Parse(text) },
            Show = settings => TrustedProxiesText.Show(settings.Http.TrustedProxies),
        },
        new(SettingGroup.Listening, "hosts", "LIST|any",
            "Hosts that are served: names, and *.example.org for all below one, with commas between. A request for another gets 421. "
            + "--livez-path and --readyz-path are answered whatever the host.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.Http = draft.Http with { Hosts = [.. draft.Http.Hosts, .. HostsText.Parse(text)] },
            Show = settings => HostsText.Show(settings.Http.Hosts),
        },
        new(SettingGroup.Listening, "proxy-protocol", "on|off",
            "Every connection begins with a header of the PROXY protocol, version 1 or 2, which says who the client is (HAProxy's "
            + "send-proxy and send-proxy-v2). It stands before TLS. Who is not in --proxy-allow-from, or begins otherwise, is closed. "
            + "gunicorn's auto, v1 and v2 mean on.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Http = draft.Http with
            {
                ProxyProtocol = text is "auto" or "v1" or "v2" || Values.OnOff(text),
            },
            Show = settings => Values.Show(settings.Http.ProxyProtocol),
        },
        new(SettingGroup.Listening, "proxy-allow-from", "LIST",
            "Who may connect with --proxy-protocol, and is believed: addresses and networks with commas between, * for everyone. Unix "
            + "sockets count as this machine.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { ProxyAllowFrom = TrustedProxiesText.Parse(text) },
            Show = settings => TrustedProxiesText.Show(settings.Http.ProxyAllowFrom),
        },
        new(SettingGroup.Listening, "keep-alive", "TIME", "How long an idle connection is kept open.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { KeepAlive = Values.Duration(text, least: TimeSpan.FromSeconds(1)) },
            Show = settings => Values.Show(settings.Http.KeepAlive),
        },
        new(SettingGroup.Listening, "livez-path", "/PATH|off", "Where the front itself answers GET and HEAD with 200 for as long as it lives, without waiting for a worker. The application "
            + "never sees these requests, nor does the access log: an application with a route of that name wants off.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { LivezPath = text == "off" ? null : Values.PlainPath(text) },
            Show = settings => settings.Http.LivezPath ?? "off",
        },
        new(SettingGroup.Listening, "readyz-path", "/PATH|off",
            "The same, but 503 while no worker serves, while none of the --domain names has a valid certificate, and while the server "
            + "stops. It stays 200 under overload.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { ReadyzPath = text == "off" ? null : Values.PlainPath(text) },
            Show = settings => settings.Http.ReadyzPath ?? "off",
        },
        new(SettingGroup.Listening, "graceful-timeout", "TIME", "How long requests in flight may take to finish after TERM or INT.")
        {
            Read = (draft, text) => draft.GracefulTimeout = Values.Duration(text, least: TimeSpan.Zero),
            Show = settings => Values.Show(settings.GracefulTimeout),
        },
        new(SettingGroup.Listening, "drain-delay", "TIME", "How long to take connections and serve on after TERM or INT while --readyz-path says 503 already, so that load balancers "
            + "send nobody any more when connections are refused. --graceful-timeout counts from then.")
        {
            Read = (draft, text) => draft.DrainDelay = Values.Duration(text, least: TimeSpan.Zero, most: TimeSpan.FromHours(1)),
            Show = settings => Values.Show(settings.DrainDelay),
        },
    ];
}
