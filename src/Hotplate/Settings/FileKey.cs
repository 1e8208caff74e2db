namespace Hotplate.Settings;

/// <summary>One key of a hotplate.toml that is a setting, and what it was given.</summary>
/// <param name="Place">The file, line and column of the value, for messages: <c>hotplate.toml:3:11</c>.</param>
/// <param name="Texts">As the flag would take them; several for an array.</param>
/// <param name="Line">The line itself with a caret below it.</param>
internal sealed record FileKey(Setting Setting, string Place, IReadOnlyList<string> Texts, string Line);
