using System.Net;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>An application that is to be served somewhere, and what the generated files say of it: its names, its addresses, its command line.</summary>
/// <param name="settings">Effective, as serve would have them.</param>
/// <param name="sourceOf">Where each value came from.</param>
/// <param name="program">Where hotplate is on this machine, absolute.</param>
internal sealed class Site(ServerSettings settings, Func<Setting, SettingSource> sourceOf, string program)
{
    /// <summary>What Hotplate listens at within a container.</summary>
    public const int ContainerPort = 8000;

    /// <summary>Networks that no client on the internet comes from, and that the routers of platforms are in.</summary>
    public const string PrivateNetworks = "10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16,fc00::/7";

    // Every project has one of that name, so it is no name for a service.
    private static readonly HashSet<string> s_common = new(StringComparer.Ordinal) { "app", "application", "main", "wsgi", "run", "server", "web", "src", "site", "asgi" };

    public ServerSettings Settings => settings;

    public string Program => program;

    /// <summary>Lower-case letters, digits and single hyphens, at most 32, a letter first: a service, a user, a container and a host name may be called so.</summary>
    public string Name { get; } = NameOf(settings, sourceOf(ApplicationTable.Name).Layer != SettingLayer.Default);

    /// <summary>To be changed by whoever reads the file.</summary>
    public string Host => Name + ".example";

    /// <summary>Who serves it, where a service manager makes that so.</summary>
    public string User => settings.App.RunAs?.Name ?? Name;

    public string Group => settings.App.RunAs?.Group.ToString() ?? Name;

    public string Directory => settings.App.Directory;

    /// <summary>How long a request may be with Hotplate: in the queue, at work, and a little.</summary>
    public int AnswerSeconds => settings.Workers.Timeout == TimeSpan.Zero ? 3600 : Seconds(settings.Workers.Timeout + settings.Workers.MaxQueueTime) + 5;

    /// <summary>For how long what is in front may keep an idle connection to Hotplate: less than Hotplate does, or it sends a request on one that is just being closed.</summary>
    public int IdleSeconds => Math.Max(1, (int)(settings.Http.KeepAlive.TotalSeconds * 0.8));

    /// <summary>How long a stop takes at most, and a little.</summary>
    public int StopSeconds(TimeSpan drainDelay) => Seconds(drainDelay + settings.GracefulTimeout) + 5;

    public bool IsGiven(string name) => SettingTable.Find("--" + name) is { } setting && sourceOf(setting).Layer != SettingLayer.Default;

    /// <summary>gunicorn.conf.py says it, and it is read wherever the application is served.</summary>
    public bool IsFromFile(Setting setting) => sourceOf(setting).Layer == SettingLayer.File;

    /// <summary>The words that serve this application here: <c>serve shop:app --bind …</c>, in its folder.</summary>
    public IReadOnlyList<string> Words(params (string Name, string Value)[] preferred) => new ServeWords(this, inContainer: false).Make(settings.Binds.Select(static bind => bind.Text), preferred);

    /// <summary>The words that serve it in its folder on another machine, where its Python is another one.</summary>
    /// <param name="bind">Where to listen there; null: where the platform's PORT says.</param>
    /// <param name="preferred">Flags, where nothing else was said.</param>
    public IReadOnlyList<string> WordsElsewhere(string? bind, params (string Name, string Value)[] preferred) => new ServeWords(this, inContainer: true).Make(bind is null ? [] : [bind], preferred);

    /// <summary>Where a proxy on this machine reaches Hotplate.</summary>
    /// <param name="proxy">Its name, for the message when it cannot.</param>
    /// <param name="http2">It speaks HTTP/2 without TLS to its servers.</param>
    /// <exception cref="SettingException">There is no such address.</exception>
    public BindAddress Upstream(string proxy, bool http2 = false)
    {
        var usable = settings.Binds.FirstOrDefault(bind => (http2 || !bind.Http2) && !bind.IsAbstract && (bind.UnixPath is not null || bind.EndPoint is { Port: > 0 }));
        if (usable is null)
        {
            throw new SettingException(ErrorCode.CannotGenerate, $"{proxy} can reach none of the addresses ({string.Join(", ", settings.Binds.Select(static bind => bind.Text))}). "
                + "Give a fixed port or a socket's file: --bind 127.0.0.1:8000 or --bind unix:/run/shop.sock?mode=660");
        }
        var address = usable.EndPoint?.Address;
        return address is null ? usable : usable with
        {
            EndPoint = new IPEndPoint(address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address, usable.EndPoint!.Port),
        };
    }

    /// <summary>A comment when Hotplate would not believe a proxy on this machine; empty when it does.</summary>
    public string DistrustNote(string indent) => settings.Http.TrustedProxies.Trusts(IPAddress.Loopback) ? "" :
        $"{indent}# Take care: --forwarded-allow-ips {TrustedProxiesText.Show(settings.Http.TrustedProxies)} leaves this machine out. Add 127.0.0.1 to it, or every client\n"
            + $"{indent}# has the address of the proxy.\n";

    /// <summary>A path as the machine has it that the application's folder is copied to: relative when it is in there.</summary>
    public string Relative(string path) => path == Directory ? "." : path.StartsWith(Directory.TrimEnd('/') + "/", StringComparison.Ordinal) ? path[(Directory.TrimEnd('/').Length + 1)..] : path;

    public static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    /// <summary>The version of Python's that is used here, as far as it can be seen without a start: <c>3.13</c>.</summary>
    public string PythonVersion()
    {
        var config = settings.App.Venv is { } venv ? Path.Combine(venv, "pyvenv.cfg") : "";
        var said = File.Exists(config) ? File.ReadLines(config).FirstOrDefault(static line => line.StartsWith("version", StringComparison.Ordinal))?.Split('=')[^1].Trim() : null;
        var parts = (said ?? Path.GetFileName(settings.App.Python).Replace("python", "", StringComparison.Ordinal)).Split('.');
        return parts is ["3", var minor, ..] && int.TryParse(minor, out _) ? $"3.{minor}" : "3.13";
    }

    /// <summary>The package that pip installs.</summary>
    public static string Wheel
    {
        get
        {
            var version = typeof(Site).Assembly.GetName().Version!;
            return $"hotplate-{version.Major}.{version.Minor}.{version.Build}-py3-none-manylinux_2_34_x86_64.whl";
        }
    }

    private static string NameOf(ServerSettings settings, bool isGiven)
    {
        string[] names = isGiven
            ? [settings.App.Name]
            : [.. settings.App.Target.Split(':')[0].Split('/')[^1].Split('.').Where(static part => part is not ("py" or "wsgi")), Path.GetFileName(settings.App.Directory)];
        var tidy = names.Select(Tidy).Where(static name => name.Length > 0).ToList();
        return tidy.FirstOrDefault(static name => !s_common.Contains(name)) ?? tidy.FirstOrDefault() ?? "app";
    }

    private static string Tidy(string name)
    {
        var text = new StringBuilder();
        foreach (var one in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(one) || (char.IsAsciiDigit(one) && text.Length > 0))
            {
                text.Append(one);
            }
            else if (text.Length > 0 && text[^1] != '-')
            {
                text.Append('-');
            }
        }
        return text.ToString(0, Math.Min(32, text.Length)).TrimEnd('-');
    }
}
