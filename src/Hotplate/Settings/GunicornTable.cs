namespace Hotplate.Settings;

/// <summary>gunicorn's flags that are no settings here: passed over with a line that says what is done instead, or refused with what to use.</summary>
internal static class GunicornTable
{
    private const string Strictness = "what could be read in two ways is refused, and no flag allows it: docs/http.md.";
    private const string Logging = "Hotplate's log is not made by Python's logging. --log-level says how much it tells; what the application logs is its own.";
    private const string Prometheus = "there is no statsd here. --metrics HOST:PORT gives Prometheus the same numbers and more.";
    private const string AsItIs = "it is so already.";
    private const string Syslog = "Hotplate writes to stderr and to files. Run as a service, its stderr is the journal's.";

    public static IReadOnlyList<ForeignFlag> All { get; } =
    [
        new("worker-class", WorkerClass) { Letter = 'k' },
        PassedOver("worker-connections", "--threads says how many requests a worker runs at a time; what waits is bounded by --max-queue."),
        PassedOver("worker-tmp-dir", "not needed: workers show that they live in shared memory, and no file is touched for it."),
        PassedOver("tmp-upload-dir", "request bodies that do not fit in memory go to files without a name in $TMPDIR."),
        Switch("capture-output", AsItIs),
        Switch("enable-stdio-inheritance", AsItIs) with { Letter = 'R' },
        Switch("reload", "serve loads the code anew on HUP and hotplate reload. While you write it: hotplate dev TARGET, which does at every save."),
        PassedOver("reload-engine", "hotplate dev watches with inotify(7)."),
        PassedOver("reload-extra-file", "hotplate dev watches templates and configuration too: docs/dev.md.") with { ConfigName = "reload_extra_files" },
        Refused("daemon", "Hotplate stays in the foreground, where a supervisor sees it. Run it as a service of systemd (docs/move/gunicorn.md), in a container, or with nohup hotplate serve … &")
            with { Letter = 'D', TakesValue = false },
        Switch("initgroups", AsItIs),
        Refused("spew", "there is no tracing of every line. hotplate stacks shows where every thread is.") with { TakesValue = false },
        Refused("check-config", "use hotplate check TARGET.") with { TakesValue = false },
        Refused("print-config", "use hotplate config TARGET.") with { TakesValue = false },
        Switch("no-sendfile", "files are sent as docs/http.md says; there is nothing to turn off.") with { ConfigName = "sendfile" },
        Switch("reuse-port", "one process listens for all workers, so that none has a queue of its own."),
        Switch("disable-redirect-access-to-syslog", AsItIs),
        PassedOver("logger-class", Logging),
        PassedOver("log-config", Logging) with { ConfigName = "logconfig" },
        PassedOver("log-config-dict", Logging) with { ConfigName = "logconfig_dict" },
        PassedOver("log-config-json", Logging) with { ConfigName = "logconfig_json" },
        PassedOver("log-syslog-to", Syslog) with { ConfigName = "syslog_addr" },
        Switch("log-syslog", Syslog) with { ConfigName = "syslog" },
        PassedOver("log-syslog-prefix", Syslog) with { ConfigName = "syslog_prefix" },
        PassedOver("log-syslog-facility", Syslog) with { ConfigName = "syslog_facility" },
        PassedOver("statsd-host", Prometheus),
        PassedOver("statsd-prefix", Prometheus),
        PassedOver("dogstatsd-tags", Prometheus),
        PassedOver("paste-global", "name it in the [DEFAULT] section of the --paste file.") with { ConfigName = "raw_paste_global_conf" },
        PassedOver("ssl-version", "TLS 1.2 and 1.3 are spoken; --tls-min says what the oldest is."),
        Switch("suppress-ragged-eofs", AsItIs),
        Switch("do-handshake-on-connect", AsItIs),
        Switch("permit-obsolete-folding", Strictness),
        Switch("permit-unconventional-http-method", Strictness),
        Switch("permit-unconventional-http-version", Strictness),
        Switch("casefold-http-method", "methods reach the application as they were sent."),
        Switch("strip-header-spaces", Strictness),
        PassedOver("forwarder-headers", "what a proxy may say is in --forwarded-allow-ips and docs/http.md."),
        PassedOver("header-map", "a field with an underscore in its name is passed over: docs/http.md."),
        PassedOver("secure-scheme-headers", "the scheme is taken from X-Forwarded-Proto of the proxies in --forwarded-allow-ips."),
    ];

    /// <summary>The flag as typed, with its dashes and without a value; null when it is none of these.</summary>
    public static ForeignFlag? Find(string flag)
    {
        if (flag.Length == 2)
        {
            return All.FirstOrDefault(one => one.Letter == flag[1]);
        }
        var name = flag.StartsWith("--", StringComparison.Ordinal) ? flag[2..].Replace('_', '-') : "";
        return All.FirstOrDefault(one => one.Name == name || one.Aliases.Contains(name, StringComparer.Ordinal));
    }

    private static ForeignFlag PassedOver(string name, string text) => new(name, _ => new ForeignAdvice(text, IsRefused: false));

    private static ForeignFlag Refused(string name, string text) => new(name, _ => new ForeignAdvice(text, IsRefused: true));

    private static ForeignFlag Switch(string name, string text, bool refused = false) => new(name, _ => new ForeignAdvice(text, refused)) { TakesValue = false };

    private static ForeignAdvice WorkerClass(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        return name switch
        {
            "sync" => Line("a worker runs as many requests at a time as wait for something, on threads. For one at a time, as gunicorn's sync workers: --threads 1."),
            "gthread" => Line("that is how every worker works; --threads is the most it starts."),
            "gevent" or "gevent_wsgi" or "gevent_pywsgi" or "egg:gunicorn#gevent" =>
                Line("a worker serves with gevent's hub when the application is patched: put \"from gevent import monkey; monkey.patch_all()\" first in its module. Otherwise it uses threads."),
            "eventlet" => Line("eventlet has no hub here; a worker uses threads, which serve the same code when it does not call eventlet.monkey_patch()."),
            "tornado" => No("Tornado's own applications do not speak WSGI. For a WSGI application leave the flag out."),
            "gaiohttp" => No("aiohttp's applications do not speak WSGI. For a WSGI application leave the flag out."),
            _ when name.StartsWith("uvicorn", StringComparison.Ordinal) || name.Contains("asgi", StringComparison.OrdinalIgnoreCase) =>
                No("ASGI applications (FastAPI, Starlette) cannot be served. For a WSGI application leave the flag out."),
            _ => No($"workers are Hotplate's own, and {last} is a class of gunicorn's. Leave the flag out; threads and gevent need none."),
        };
    }

    private static ForeignAdvice Line(string text) => new(text, IsRefused: false);

    private static ForeignAdvice No(string text) => new(text, IsRefused: true);
}
