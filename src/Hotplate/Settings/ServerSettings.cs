namespace Hotplate.Settings;

/// <summary>Everything the user said, checked and resolved: what the server is composed from.</summary>
internal sealed record ServerSettings
{
    /// <summary>The defaults, for help and documentation; its application is none.</summary>
    public static ServerSettings Defaults { get; } = new() { App = new AppSettings { Target = "", Directory = "", Python = "" } };

    public required AppSettings App { get; init; }

    /// <summary><c>hotplate dev</c>: one worker, the application is loaded anew when its code changes, and a browser here is shown why it cannot be.</summary>
    public bool Development { get; init; }

    public WorkerSettings Workers { get; init; } = new();

    public RecycleSettings Recycle { get; init; } = new();

    public ReloadSettings Reload { get; init; } = new();

    public HttpSettings Http { get; init; } = new();

    public TlsSettings Tls { get; init; } = new();

    public AcmeSettings Acme { get; init; } = new();

    public LogSettings Log { get; init; } = new();

    public ControlSettings Control { get; init; } = new();

    /// <summary>Where to listen, in the order given. Default 127.0.0.1:8000, or 0.0.0.0:$PORT when the platform sets PORT.</summary>
    public IReadOnlyList<BindAddress> Binds { get; init; } = [BindAddress.Default];

    /// <summary>The mode bits that files made by the server and the application do not get, 0 to 0o777; null: as inherited.</summary>
    public int? Umask { get; init; }

    /// <summary>How long requests in flight may take to finish after TERM, INT or HUP. Default 30 s, as gunicorn's.</summary>
    public TimeSpan GracefulTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to serve on after TERM while the readiness path says 503, so that load balancers look elsewhere first. Default 0.</summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>The applications of a file that has tables for them, each as if it were served alone; empty: there is
    /// <see cref="App"/>.</summary>
    public IReadOnlyList<ServerSettings> Apps { get; init; } = [];

    /// <summary>The file has tables for applications: each lives by itself, and one that is broken is no reason to end.</summary>
    public bool IsForSeveral => Apps.Count > 0;

    /// <summary>Which request goes where; empty: all to the only application.</summary>
    public IReadOnlyList<RouteSettings> Routes { get; init; } = [];

    /// <summary>How often requests may come; empty: as often as they like. What --rate-limit says is the last of them.</summary>
    public IReadOnlyList<RouteSettings> Limits { get; init; } = [];

    /// <summary>Routes and limits as they stand in the file.</summary>
    public string RoutesText { get; init; } = "";

    /// <summary>The text that was read as hotplate.toml; empty: there was none.</summary>
    public string FileText { get; init; } = "";

    /// <summary>All applications, each as if it were served alone.</summary>
    public IReadOnlyList<ServerSettings> Tenants => Apps.Count > 0 ? Apps : [this];

    /// <summary>The hotplate.toml that was read, absolute; null: none was.</summary>
    public string? File { get; init; }
}
