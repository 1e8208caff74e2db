using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>The host of a request as routes compare it: lower case, without a port, without a dot at its end.</summary>
internal static class HostName
{
    /// <summary>How much scratch memory <see cref="Of"/> needs.</summary>
    internal const int ScratchSize = HostPattern.LongestName + 1;

    /// <summary>Empty: there is none, or it is longer than any name can be.</summary>
    /// <param name="field">The Host field, or :authority; null: none.</param>
    /// <param name="scratch">Used where the client wrote capitals.</param>
    internal static ReadOnlySpan<char> Of(string? field, Span<char> scratch)
    {
        var host = field.AsSpan();
        var end = host.StartsWith('[') ? host.IndexOf(']') + 1 : host.IndexOf(':');
        if (end > 0)
        {
            host = host[..end];
        }
        host = host.EndsWith('.') ? host[..^1] : host;
        if (host.Length > HostPattern.LongestName)
        {
            return default;
        }
        if (!host.ContainsAnyInRange('A', 'Z'))
        {
            return host;
        }
        return scratch[..host.ToLowerInvariant(scratch)];
    }
}
