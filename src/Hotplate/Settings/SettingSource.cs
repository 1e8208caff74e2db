namespace Hotplate.Settings;

/// <summary>Where an effective value came from, in the order of precedence: a later one wins.</summary>
internal enum SettingLayer
{
    Default,
    File,
    Environment,
    Flag,
}

/// <summary>A layer and the name used there: a variable, or a flag as it was spelled.</summary>
internal sealed record SettingSource(SettingLayer Layer, string Name)
{
    public static SettingSource Default { get; } = new(SettingLayer.Default, "");

    public override string ToString() => Layer switch
    {
        SettingLayer.Flag => $"flag {Name}",
        SettingLayer.File => Name,
        SettingLayer.Environment => $"environment {Name}",
        _ => "default",
    };
}
