namespace Hotplate.Sites;

/// <summary>The site that is served now. A change replaces it as a whole, in one write.</summary>
internal sealed class CurrentSite(Site first)
{
    private volatile Site now = first;

    internal Site Now
    {
        get => now;
        set => now = value;
    }

    /// <summary>False: clients who look whom they speak to refuse every name of it.</summary>
    internal Func<bool> IsCertified { get; set; } = static () => true;
}
