namespace Hotplate.Settings;

/// <summary>A flag the user typed.</summary>
/// <param name="Setting">What it sets.</param>
/// <param name="Spelling">How it was typed, for messages: <c>-w</c> or <c>--workers</c>.</param>
/// <param name="Text">Its value.</param>
internal sealed record GivenFlag(Setting Setting, string Spelling, string Text);
