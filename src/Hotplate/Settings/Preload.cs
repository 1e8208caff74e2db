namespace Hotplate.Settings;

/// <summary>Where the application is imported.</summary>
internal enum Preload
{
    /// <summary>Once, in the zygote, unless the import leaves behind what forked workers cannot share; then in each worker.</summary>
    Auto,

    /// <summary>Once, in the zygote, whatever it leaves behind.</summary>
    On,

    /// <summary>In each worker.</summary>
    Off,
}
