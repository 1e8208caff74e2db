using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>Notes on a request what it has in common with others that one worker is to get.</summary>
internal static class AffinityMark
{
    /// <param name="query">As the client wrote it, without the question mark.</param>
    /// <param name="client">Its address.</param>
    internal static void Set(Exchange exchange, AffinityRule rule, ReadOnlySpan<char> query, IHeaderDictionary headers, string client)
    {
        exchange.AffinityClient = (uint)string.GetHashCode(client, StringComparison.Ordinal);
        exchange.AffinityKey = rule.Kind switch
        {
            AffinityKind.Query => OfQuery(query, rule.Name),
            AffinityKind.Cookie => OfCookie(headers, rule.Name),
            _ => 0,
        };
    }

    private static ulong OfQuery(ReadOnlySpan<char> query, string wanted)
    {
        foreach (var range in query.Split('&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf('=');
            if (equals > 0 && QueryText.Is(pair[..equals], wanted))
            {
                return KeyedHash.Of(pair[(equals + 1)..]);
            }
        }
        return 0;
    }

    private static ulong OfCookie(IHeaderDictionary headers, string wanted)
    {
        foreach (var field in headers.Cookie)
        {
            foreach (var cookie in new CookieText(field))
            {
                if (cookie.Name.SequenceEqual(wanted))
                {
                    return KeyedHash.Of(cookie.Value);
                }
            }
        }
        return 0;
    }
}
