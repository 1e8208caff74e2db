namespace Hotplate.Settings;

/// <summary>What came of looking for the application.</summary>
/// <param name="Folder">Where it was looked for.</param>
/// <param name="Found">Empty: nothing; one: that is served; several: each is as good as the others.</param>
/// <param name="Notes">What looked like one and is none, and what may be one in a folder below.</param>
internal sealed record AppSearch(string Folder, IReadOnlyList<FoundApp> Found, IReadOnlyList<string> Notes)
{
    /// <summary>The one that is served; null: none, or nobody can tell which.</summary>
    public FoundApp? Only => Found is [var only] ? only : null;
}
