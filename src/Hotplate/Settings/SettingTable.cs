namespace Hotplate.Settings;

/// <summary>Every setting, in the order of the help.</summary>
internal static class SettingTable
{
    public static IReadOnlyList<Setting> All { get; } =
        [
            .. ListeningTable.All, .. TlsTable.All, .. AcmeTable.All, .. ApplicationTable.All, .. WorkerTable.All, .. TimeLimitTable.All,
            .. RecycleTable.All,
            .. RequestTable.All, .. ReloadTable.All,
            .. LoggingTable.All, .. ControlTable.All,
        ];

    /// <summary>The setting of a flag as typed, with its dashes and without a value; null when there is none.</summary>
    public static Setting? Find(string flag)
    {
        if (flag.Length == 2 && flag[0] == '-')
        {
            return All.FirstOrDefault(setting => setting.Letter == flag[1]);
        }
        if (!flag.StartsWith("--", StringComparison.Ordinal))
        {
            return null;
        }
        var name = flag[2..].Replace('_', '-');
        return All.FirstOrDefault(setting => setting.Name == name || setting.Aliases.Contains(name, StringComparer.Ordinal));
    }
}
