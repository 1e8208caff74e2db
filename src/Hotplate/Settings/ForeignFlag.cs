namespace Hotplate.Settings;

/// <summary>A flag of gunicorn's that Hotplate has not: what to tell who gives it.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Advice">What Hotplate does instead, or what to use; from the value, which is empty for a switch.</param>
internal sealed record ForeignFlag(string Name, Func<string, ForeignAdvice> Advice)
{
    public char? Letter { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What it is called in gunicorn.conf.py; null: as the flag, with underscores.</summary>
    public string? ConfigName { get; init; }

    /// <summary>False: it stands alone.</summary>
    public bool TakesValue { get; init; } = true;

    public string NameInFile => ConfigName ?? Name.Replace('-', '_');
}

/// <summary>What to tell.</summary>
/// <param name="Text">One or two sentences; empty: nothing needs to be said.</param>
/// <param name="IsRefused">True: nothing is started.</param>
internal sealed record ForeignAdvice(string Text, bool IsRefused);

/// <summary>Such a flag as it was given.</summary>
internal sealed record GivenForeignFlag(ForeignFlag Flag, string Spelling, string Text);
