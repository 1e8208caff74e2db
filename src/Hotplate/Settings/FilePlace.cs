namespace Hotplate.Settings;

/// <summary>Where something stands in a hotplate.toml.</summary>
/// <param name="At">The file, line and column, for messages: <c>hotplate.toml:3:11</c>.</param>
/// <param name="Line">The line itself with a caret below it.</param>
internal sealed record FilePlace(string At, string Line)
{
    /// <summary>The file and line alone.</summary>
    public string InShort => At[..At.LastIndexOf(':')];
}
