namespace Hotplate.Settings;

/// <summary>A table <c>[apps.NAME]</c> of a hotplate.toml.</summary>
/// <param name="Place">The file, line and column of its head, for messages.</param>
/// <param name="Line">That line with a caret below the name.</param>
internal sealed record FileApp(string Name, string Place, string Line)
{
    /// <summary>The key <c>target</c>; null: it is not there.</summary>
    public string? Target { get; set; }

    /// <summary>Where its value stands.</summary>
    public FilePlace? TargetPlace { get; set; }

    public List<FileKey> Keys { get; } = [];
}
