using System.Collections.Frozen;
using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>The hosts that are served (<c>--hosts</c>).</summary>
internal sealed class AllowedHosts
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> names;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> parents;
    private readonly bool anyBelow;

    private AllowedHosts(IReadOnlyList<HostPattern> patterns)
    {
        names = Of(patterns, wildcards: false);
        parents = Of(patterns, wildcards: true);
        anyBelow = patterns.Any(static pattern => pattern.IsWildcard);
    }

    /// <summary>Null: all are.</summary>
    /// <param name="patterns">Empty: any host.</param>
    internal static AllowedHosts? Of(IReadOnlyList<HostPattern> patterns) => patterns.Count == 0 ? null : new AllowedHosts(patterns);

    /// <param name="field">The Host field, or :authority, with a port perhaps; null: there is none, which is not allowed.</param>
    internal bool Allow(string? field)
    {
        Span<char> scratch = stackalloc char[HostName.ScratchSize];
        var host = HostName.Of(field, scratch);
        return !host.IsEmpty && (names.Contains(host) || (anyBelow && IsBelow(host)));
    }

    private bool IsBelow(ReadOnlySpan<char> host)
    {
        for (var dot = host.IndexOf('.'); dot > 0; dot = host.IndexOf('.'))
        {
            host = host[(dot + 1)..];
            if (parents.Contains(host))
            {
                return true;
            }
        }
        return false;
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Of(IReadOnlyList<HostPattern> patterns, bool wildcards) =>
        patterns.Where(pattern => pattern.IsWildcard == wildcards).Select(static pattern => pattern.Name)
            .ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
}
