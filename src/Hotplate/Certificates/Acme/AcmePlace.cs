namespace Hotplate.Certificates.Acme;

/// <summary>Where account, keys and certificates are kept when nobody says where.</summary>
internal static class AcmePlace
{
    /// <summary>systemd's StateDirectory=; root's is the machine's; else the user's own.</summary>
    internal static string Default()
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state)
        {
            return Path.Combine(state.Split(':')[0], "acme");
        }
        if (Environment.UserName == "root")
        {
            return "/var/lib/hotplate/acme";
        }
        var own = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
        return Path.Combine(own, "hotplate", "acme");
    }
}
