namespace Hotplate.Settings;

/// <summary>Where something is kept from one start to the next when nobody says where.</summary>
internal static class DataFolder
{
    /// <summary>Below systemd's StateDirectory=; root's is the machine's; else the user's own.</summary>
    internal static string Of(string name)
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state)
        {
            return Path.Combine(state.Split(':')[0], name);
        }
        if (Environment.UserName == "root")
        {
            return Path.Combine("/var/lib/hotplate", name);
        }
        var own = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } data ? data
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
        return Path.Combine(own, "hotplate", name);
    }
}
