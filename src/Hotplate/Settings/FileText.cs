namespace Hotplate.Settings;

/// <summary>What is read as hotplate.toml.</summary>
/// <param name="Path">The file, absolute; null: the one that the command line means.</param>
/// <param name="Text">What stands in it, as far as the reader is concerned; null: what does on the disk.</param>
internal sealed record FileText(string? Path, string? Text = null);
