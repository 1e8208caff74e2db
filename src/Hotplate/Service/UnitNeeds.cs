using Hotplate.Settings;

namespace Hotplate.Service;

/// <summary>What one site's settings ask of its unit.</summary>
/// <param name="program">Where hotplate is.</param>
internal sealed class UnitNeeds(ServerSettings settings, string program)
{
    // Folders below /, as in systemd.exec(5), ProtectHome= and PrivateTmp=.
    private static readonly string[] s_hiddenByHome = ["/home", "/root", "/run/user"];
    private static readonly string[] s_hiddenByTmp = ["/tmp", "/var/tmp"];

    private readonly string[] paths = [settings.App.Directory + "/", program, settings.App.Python, (settings.App.Venv ?? "") + "/"];

    /// <summary>A start takes no longer.</summary>
    public int StartSeconds { get; } = Seconds(settings.Reload.StartTimeout) + 30;

    /// <summary>Nor does a stop.</summary>
    public int StopSeconds { get; } = Seconds(settings.DrainDelay + settings.GracefulTimeout) + 5;

    /// <summary>The application or its Python is among the homes of users.</summary>
    public bool Home => IsIn(s_hiddenByHome);

    /// <summary>It is among the files that do not stay.</summary>
    public bool Tmp => IsIn(s_hiddenByTmp);

    /// <summary>It listens where only root may, below 1024.</summary>
    public bool LowPort => settings.Binds.Any(static bind => bind.EndPoint is { Port: > 0 and < 1024 });

    private static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);

    private bool IsIn(string[] folders) =>
        paths.Any(path => folders.Any(folder => path.StartsWith(folder + "/", StringComparison.Ordinal)));
}
