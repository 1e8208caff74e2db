namespace Hotplate.Settings;

/// <summary>One thing the user may say: its flag, its variables, its meaning, and how it reaches the records.</summary>
/// <param name="Name">The long flag without its dashes, in gunicorn's words where gunicorn has it.</param>
/// <param name="Hint">What its value looks like: <c>N|auto</c>.</param>
/// <param name="Summary">One or two sentences for the help; units and range where they matter.</param>
internal sealed record Setting(SettingGroup Group, string Name, string Hint, string Summary)
{
    /// <summary>The one-letter flag, or none.</summary>
    public char? Letter { get; init; }

    /// <summary>Further spellings of the long flag, without dashes. Underscores for hyphens are always allowed.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The platform's own variable for it (<c>PORT</c>), weaker than HOTPLATE_…; none: null.</summary>
    public string? PlatformVariable { get; init; }

    /// <summary>Turns the platform variable's text into what the flag would say.</summary>
    public Func<string, string> FromPlatform { get; init; } = text => text;

    /// <summary>What the flag means without a value (<c>--preload</c> is <c>--preload on</c>); null: a value is needed.</summary>
    public string? Bare { get; init; }

    /// <summary>True when the flag may be given several times, each adding one. Otherwise the last one counts.</summary>
    public bool Repeatable { get; init; }

    /// <summary>What separates the values of a repeatable setting in its variable.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>May stand in a table [apps.NAME], for that application alone.</summary>
    public bool IsPerApp => Group is SettingGroup.Workers or SettingGroup.Recycling or SettingGroup.Reloading
        || (Group == SettingGroup.Application && Name is not ("name" or "user" or "group" or "umask"))
        || Name is "graceful-timeout" or "output" or "max-body-size" or "body-timeout" or "buffer-requests" or "no-replay"
            or "replay-idempotency-key" or "spool-threshold" or "max-response-spool";

    /// <summary>Reads one value into the draft; throws <see cref="SettingException"/>.</summary>
    public required Action<SettingsDraft, string> Read { get; init; }

    /// <summary>The effective value, as the flag would take it.</summary>
    public required Func<ServerSettings, string> Show { get; init; }

    /// <summary>What stands in the help for the default, where <see cref="Show"/> of the default depends on the machine.</summary>
    public string? DefaultText { get; init; }

    public string Flag => "--" + Name;

    /// <summary>The words among its values: <c>auto</c> of <c>N|auto</c>.</summary>
    public IEnumerable<string> Words => Hint.Split('|').Where(static word => word.All(char.IsAsciiLetterLower));

    public string Variable => "HOTPLATE_" + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>The default as text for people.</summary>
    public string DescribeDefault() => DefaultText ?? Show(ServerSettings.Defaults);
}
