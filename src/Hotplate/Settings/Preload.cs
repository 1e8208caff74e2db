namespace Hotplate.Settings;

/// <summary>Where the application is imported.</summary>
internal enum Preload
{
    /// <summary>Once, in a template that workers are forked from, unless the import leaves behind what they cannot share; then in each worker.</summary>
    Auto,

    /// <summary>Once, in a template that workers are forked from, whatever it leaves behind.</summary>
    On,

    /// <summary>In each worker.</summary>
    Off,
}
