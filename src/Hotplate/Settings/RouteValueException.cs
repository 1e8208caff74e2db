using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What is written for a key of a route cannot be used.</summary>
internal sealed class RouteValueException(SourceSpan span, string word, string message) : Exception(message)
{
    internal SourceSpan Span { get; } = span;

    internal string Word { get; } = word;
}
