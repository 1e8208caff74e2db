using System.Buffers;
using System.Net;
using Hotplate.Settings;

namespace Hotplate.Http;

/// <summary>Believes what a trusted proxy says about the client (X-Forwarded-For, -Proto, -Host, -Port, -Prefix).</summary>
/// <remarks>
/// The client is the right-most address that is not itself trusted: everything to its left was written by the client. The other fields are
/// read at the same distance from the right. What is malformed is passed over, as if it were not there.
/// </remarks>
internal static class Forwarded
{
    private const int LongestHost = 255;
    private const int LongestPrefix = 1024;

    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");

    private static readonly SearchValues<char> PrefixCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.-_~!$&'()*+,;=:@");

    /// <summary>The origin as the proxies tell it; <paramref name="direct"/> itself when they tell nothing.</summary>
    internal static RequestOrigin Apply(in RequestOrigin direct, in ForwardedFields fields, TrustedProxies trusted)
    {
        if (fields == default)
        {
            return direct;
        }
        var origin = direct;
        var hops = 1;
        if (fields.For is not null)
        {
            origin = ApplyFor(origin, fields.For, trusted, out hops);
        }
        return ApplyPrefix(ApplyServer(origin, fields, hops), fields.Prefix, hops);
    }

    private static RequestOrigin ApplyFor(in RequestOrigin origin, string list, TrustedProxies trusted, out int hops)
    {
        var found = origin;
        hops = 1;
        var rest = list.AsSpan();
        if (trusted.Everyone)
        {
            // Every hop is trusted, so the left-most one is the client: no need to read the others.
            hops = Count(rest);
            rest = First(rest);
        }
        for (var hop = hops; ; hop++)
        {
            var entry = Last(ref rest);
            if (entry.IsEmpty || !TryReadAddress(entry, out var address, out var port, out var text))
            {
                return found;
            }
            hops = hop;
            found = found with { Address = text.Length == list.Length ? list : text.ToString(), Client = address, Port = port };
            if (!trusted.Trusts(address))
            {
                return found;
            }
        }
    }

    /// <summary>Takes the right-most entry off a list; empty when there is none. RFC 9110 §5.6.1.2: empty ones do not count.</summary>
    private static ReadOnlySpan<char> Last(scoped ref ReadOnlySpan<char> list)
    {
        while (!list.IsEmpty)
        {
            var comma = list.LastIndexOf(',');
            var entry = list[(comma + 1)..].Trim(" \t");
            list = comma < 0 ? default : list[..comma];
            if (!entry.IsEmpty)
            {
                return entry;
            }
        }
        return default;
    }

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> list)
    {
        var first = default(ReadOnlySpan<char>);
        while (Last(ref list) is { IsEmpty: false } entry)
        {
            first = entry;
        }
        return first;
    }

    private static int Count(ReadOnlySpan<char> list)
    {
        var count = 0;
        while (!Last(ref list).IsEmpty)
        {
            count++;
        }
        return Math.Max(count, 1);
    }

    /// <summary>An address as proxies write it: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1], [2001:db8::1]:80.</summary>
    private static bool TryReadAddress(ReadOnlySpan<char> entry, out IPAddress address, out ushort port, out ReadOnlySpan<char> text)
    {
        port = 0;
        text = entry;
        address = IPAddress.None;
        var portText = default(ReadOnlySpan<char>);
        if (entry.StartsWith("["))
        {
            var close = entry.IndexOf(']');
            if (close < 0)
            {
                return false;
            }
            text = entry[1..close];
            portText = entry[(close + 1)..];
        }
        else if (entry.Count(':') == 1)
        {
            var colon = entry.IndexOf(':');
            text = entry[..colon];
            portText = entry[colon..];
        }
        if (!portText.IsEmpty && (portText[0] != ':' || !TryReadPort(portText[1..], out port)))
        {
            return false;
        }
        // IPAddress also takes "1" and "0x7f.1"; a dotted address has three dots and digits only.
        return (text.Contains(':') ? !text.Contains('%') : text.Count('.') == 3 && !text.ContainsAnyExceptInRange('.', '9') && !text.Contains('/'))
            && IPAddress.TryParse(text, out address!);
    }

    private static RequestOrigin ApplyServer(in RequestOrigin origin, in ForwardedFields fields, int hops)
    {
        var https = origin.Https;
        var changed = false;
        if (At(fields.Proto, hops) is { IsEmpty: false } proto && TryReadScheme(proto, out var secure))
        {
            https = secure;
            changed = true;
        }
        var host = origin.Host;
        var given = At(fields.Host, hops);
        if (!given.IsEmpty && given.Length <= LongestHost && !given.ContainsAnyExcept(HostCharacters))
        {
            host = given.Length == fields.Host!.Length ? fields.Host : given.ToString();
            changed = true;
        }
        var name = HostName(host, out var port);
        if (TryReadPort(At(fields.Port, hops), out var givenPort))
        {
            if (host is not null && port != givenPort)
            {
                host = givenPort == DefaultPort(https) ? name.ToString() : $"{name}:{givenPort}";
            }
            return origin with { Https = https, Host = host, ServerPort = givenPort };
        }
        return changed ? origin with { Https = https, Host = host, ServerPort = port != 0 ? port : DefaultPort(https) } : origin;
    }

    private static RequestOrigin ApplyPrefix(in RequestOrigin origin, string? list, int hops)
    {
        var prefix = At(list, hops).TrimEnd('/');
        return prefix.IsEmpty
            || prefix[0] != '/'
            || prefix.Length > LongestPrefix
            || prefix.ContainsAnyExcept(PrefixCharacters)
            || prefix.Contains("//", StringComparison.Ordinal)
            || prefix.Contains("/.", StringComparison.Ordinal)
            ? origin
            : origin with { Prefix = prefix.Length == list!.Length ? list : prefix.ToString() };
    }

    /// <summary>The entry that the same proxy wrote: as far from the right as the client is, or the left-most when there are fewer.</summary>
    private static ReadOnlySpan<char> At(string? list, int hops)
    {
        var rest = list.AsSpan();
        var found = Last(ref rest);
        while (--hops > 0 && Last(ref rest) is { IsEmpty: false } entry)
        {
            found = entry;
        }
        return found;
    }

    private static bool TryReadScheme(ReadOnlySpan<char> proto, out bool https)
    {
        https = proto.Equals("https", StringComparison.OrdinalIgnoreCase) || proto.Equals("wss", StringComparison.OrdinalIgnoreCase);
        return https || proto.Equals("http", StringComparison.OrdinalIgnoreCase) || proto.Equals("ws", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> HostName(string? host, out ushort port)
    {
        var text = host.AsSpan();
        var colon = text.LastIndexOf(':');
        port = 0;
        return colon > 0 && !text[colon..].Contains(']') && TryReadPort(text[(colon + 1)..], out port) ? text[..colon] : text;
    }

    private static bool TryReadPort(ReadOnlySpan<char> text, out ushort port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9') && ushort.TryParse(text, out port) && port != 0;
    }

    private static ushort DefaultPort(bool https) => https ? (ushort)443 : (ushort)80;
}
