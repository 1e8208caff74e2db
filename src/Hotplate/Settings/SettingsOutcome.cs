namespace Hotplate.Settings;

/// <summary>What reading the settings came to.</summary>
/// <param name="Settings">Null when anything is wrong.</param>
/// <param name="Target">What is to be served, from the command line or gunicorn.conf.py; null: nobody said.</param>
/// <param name="Problems">Everything that is wrong.</param>
/// <param name="Sources">Where each value came from; a setting that is not here has its default.</param>
/// <param name="Warnings">What is probably a slip but stops nothing.</param>
internal sealed record SettingsOutcome(
    ServerSettings? Settings, string? Target, IReadOnlyList<SettingsProblem> Problems, IReadOnlyDictionary<Setting, SettingSource> Sources, IReadOnlyList<string> Warnings)
{
    /// <summary>Whatever is told is to be JSON, as far as could be read.</summary>
    public bool Json { get; init; }

    /// <summary>What came of looking for the application; null: it was named, or looking was no use.</summary>
    public AppSearch? Search { get; init; }

    /// <summary>The file and line that name the target; null: another place did.</summary>
    public string? TargetFrom { get; init; }

    /// <summary>Of a file with several applications: what each came to.</summary>
    public IReadOnlyList<SettingsOutcome> Apps { get; init; } = [];

    public SettingSource SourceOf(Setting setting) => Sources.GetValueOrDefault(setting) ?? SettingSource.Default;
}
