using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What a table of conditions does with the requests that meet them, while it is read.</summary>
internal abstract class ActionDraft
{
    /// <summary>Null: there is none, or not only one.</summary>
    internal RouteAction? Made { get; private protected set; }

    /// <summary>False: the key is not of an action.</summary>
    internal abstract bool Take(RouteValue value);

    /// <summary>Makes the action of what was given, if that can be one, and tells what goes ill together.</summary>
    /// <param name="table">Where the table begins.</param>
    internal abstract IReadOnlyList<(SourceSpan At, string Word, string What)> Contradictions(
        SourceSpan table, IReadOnlyList<PathPattern> paths);
}
