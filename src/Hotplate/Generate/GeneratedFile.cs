namespace Hotplate.Generate;

/// <summary>A file for another program.</summary>
/// <param name="Name">What it is usually called, with slashes where it stands in a folder.</param>
/// <param name="Text">All of it, with a line end behind the last line.</param>
internal sealed record GeneratedFile(string Name, string Text);
