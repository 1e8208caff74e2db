using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>One thing that is wrong with a hotplate.toml, before its place and its line are made of where it stands.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Word">The key; empty: none.</param>
/// <param name="What">What is wrong and what to do, in sentences.</param>
internal sealed record FileProblem(SourceSpan Span, string Code, string Word, string What);
