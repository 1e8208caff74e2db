namespace Hotplate.Settings;

/// <summary>Settings of what a request may be, and where it waits.</summary>
internal static class RequestTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Requests, "max-body-size", "SIZE|none", "Largest request body: 500K, 10M, 2G. A larger one gets 413.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { MaxBodySize = text is "none" or "0" ? null : Values.Size(text, 1, long.MaxValue, or: "none") },
            Show = settings => settings.Http.MaxBodySize is { } size ? Values.ShowSize(size) : "none",
        },
        new(SettingGroup.Requests, "limit-request-line", "BYTES", "Longest request line, up to 65535; 0 is the most.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { LimitRequestLine = OrMost(Values.Whole(text, 0, 65535), 65535) },
            Show = settings => settings.Http.LimitRequestLine.ToString(),
        },
        new(SettingGroup.Requests, "limit-request-fields", "N", "Most header fields of a request, up to 32768; 0 is the most.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { LimitRequestFields = OrMost(Values.Whole(text, 0, 32768), 32768) },
            Show = settings => settings.Http.LimitRequestFields.ToString(),
        },
        new(SettingGroup.Requests, "limit-request-field-size", "BYTES", "Longest header field, up to 65535; 0 is the most. gunicorn's spelling, "
            + "--limit-request-field_size, is understood.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { LimitRequestFieldSize = OrMost(Values.Whole(text, 0, 65535), 65535) },
            Show = settings => settings.Http.LimitRequestFieldSize.ToString(),
        },
        new(SettingGroup.Requests, "head-timeout", "TIME", "How long a client may take to send a request's head.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { HeadTimeout = Values.Duration(text, least: TimeSpan.FromSeconds(1)) },
            Show = settings => Values.Show(settings.Http.HeadTimeout),
        },
        new(SettingGroup.Requests, "body-timeout", "TIME", "How long a client may send nothing in the middle of a request's body; then it gets 408. A slow one that sends is waited for.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { BodyTimeout = Values.Duration(text, least: TimeSpan.FromSeconds(1)) },
            Show = settings => Values.Show(settings.Http.BodyTimeout),
        },
        new(SettingGroup.Requests, "max-client-requests", "N|off", "Most requests of one client address (of IPv6: one /64) that may be in hand at a time, waiting or running, up to 1000000; the next gets 429. "
            + "Behind a trusted proxy the address that it forwards counts; requests without one, this machine's among them, are not counted.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { MaxClientRequests = text == "off" ? 0 : Values.Whole(text, 1, 1_000_000, or: "off") },
            Show = settings => settings.Http.MaxClientRequests == 0 ? "off" : settings.Http.MaxClientRequests.ToString(),
        },
        new(SettingGroup.Requests, "rate-limit", "RATE|off",
            "How often one client address (of IPv6: one /64) may ask: 20/s, 100/m, 1000/h or 5000/d; the next gets 429. As many may come "
            + "at once after a pause, or as 20/s,burst=40 says. Whose address counts is as for --max-client-requests. [[limits]] in "
            + "hotplate.toml are for some requests only: docs/configuration.md.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { RateLimit = RateRule.Parse(text) },
            Show = settings => RateRule.Show(settings.Http.RateLimit),
        },
        new(SettingGroup.Requests, "max-connections", "N|auto", "Most connections of clients, 1 to 1000000. A further one has the oldest idle one closed; when all are busy, it is closed itself. "
            + "auto: as many as half of --client-memory and three quarters of the descriptors (ulimit -n) are enough for.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { MaxConnections = text == "auto" ? null : Values.Whole(text, 1, 1_000_000, or: "auto") },
            Show = settings => settings.Http.MaxConnections?.ToString() ?? "auto",
        },
        new(SettingGroup.Requests, "client-memory", "SIZE|auto", "Memory that clients may make the front hold: connections, heads, bodies and answers in memory, HTTP/2 streams; from 1M. Bodies and answers "
            + "beyond three eighths of it go to disk; then the largest and oldest unfinished requests get 503 and idle connections are closed. auto: an eighth of the machine's or the container's memory.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { ClientMemory = text == "auto" ? null : Values.Size(text, 1 << 20, long.MaxValue, or: "auto") },
            Show = settings => settings.Http.ClientMemory is { } size ? Values.ShowSize(size) : "auto",
        },
        new(SettingGroup.Requests, "http2-max-concurrent-streams", "N", "Most requests of one HTTP/2 connection at a time, 1 to 10000.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { Http2MaxConcurrentStreams = Values.Whole(text, 1, 10_000) },
            Show = settings => settings.Http.Http2MaxConcurrentStreams.ToString(),
        },
        new(SettingGroup.Requests, "buffer-requests", "on|off", "Read a request's body to its end before a worker is taken, so that a slow sender holds no thread.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Http = draft.Http with { BufferRequests = Values.OnOff(text) },
            Show = settings => Values.Show(settings.Http.BufferRequests),
        },
        new(SettingGroup.Requests, "no-replay", "on|off", "Never run a request again that had begun when its worker died: it gets 502. Without it GET, HEAD, OPTIONS, PUT and "
            + "DELETE run again.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Http = draft.Http with { Replay = !Values.OnOff(text) },
            Show = settings => Values.Show(!settings.Http.Replay),
        },
        new(SettingGroup.Requests, "replay-idempotency-key", "on|off", "Run a request of any other method again, too, when it has an Idempotency-Key field: the "
            + "application knows by it what it has done already.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Http = draft.Http with { ReplayIdempotencyKey = Values.OnOff(text) },
            Show = settings => Values.Show(settings.Http.ReplayIdempotencyKey),
        },
        new(SettingGroup.Requests, "error-pages", "FOLDER|none", "HTML of your own for what Hotplate answers itself: 404.html for a status, 4xx.html and 5xx.html for all others of their kind. "
            + "{{status}}, {{title}}, {{detail}} and {{request_id}} in it are filled in. What the application answers is its own. Read at the start.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { ErrorPages = text == "none" ? null : ErrorPageFiles.Read(draft.FullPath(text)) },
            Show = settings => settings.Http.ErrorPages?.Folder ?? "none",
        },
        new(SettingGroup.Requests, "secure-headers", "on|off",
            "Answers get X-Content-Type-Options, X-Frame-Options, Referrer-Policy and, over https, Cross-Origin-Opener-Policy, where the "
            + "application has not set them: docs/security.md.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Http = draft.Http with { SecureHeaders = Values.OnOff(text) },
            Show = settings => Values.Show(settings.Http.SecureHeaders),
        },
        new(SettingGroup.Requests, "spool-threshold", "SIZE", "Request bodies and answers beyond this go from memory to disk; 4K to 1G.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { SpoolThreshold = (int)Values.Size(text, 4096, 1 << 30) },
            Show = settings => Values.ShowSize(settings.Http.SpoolThreshold),
        },
        new(SettingGroup.Requests, "max-response-spool", "SIZE", "How much of one answer may wait on disk for a slow reader; beyond it the application waits.")
        {
            Read = (draft, text) => draft.Http = draft.Http with { MaxResponseSpool = Values.Size(text, 0, long.MaxValue) },
            Show = settings => Values.ShowSize(settings.Http.MaxResponseSpool),
        },
    ];

    // gunicorn's 0: no limit but the parser's own.
    private static int OrMost(int value, int most) => value == 0 ? most : value;
}
