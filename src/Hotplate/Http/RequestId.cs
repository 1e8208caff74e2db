using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Hotplate.Http;

/// <summary>The name of one request in logs, on error pages and for the application: ours, or the one a trusted proxy gave.</summary>
/// <remarks>
/// Ours is 11 random characters of this process, a dash and a count: unique across restarts and processes, and no secret. Safe to make
/// from any thread.
/// </remarks>
internal readonly struct RequestId
{
    /// <summary>Longest id that is taken from a proxy, and the room <see cref="Write"/> needs.</summary>
    internal const int MaxLength = 128;

    private const int PrefixLength = 12;

    // Crockford's alphabet: no letters that are read as digits, so that an id survives being read aloud.
    private static readonly byte[] Alphabet = "0123456789abcdefghjkmnpqrstvwxyz"u8.ToArray();
    private static readonly SearchValues<char> Acceptable =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly byte[] Prefix = MakePrefix();
    private static ulong last;

    private readonly ulong number;
    private readonly string? given;

    private RequestId(ulong number, string? given)
    {
        this.number = number;
        this.given = given;
    }

    /// <summary>An id that no other request has.</summary>
    internal static RequestId Next() => new(Interlocked.Increment(ref last), null);

    /// <summary>The id that a trusted peer gave in X-Request-Id, when it is fit to be printed; otherwise a new one.</summary>
    internal static RequestId FromTrusted(string? header) => IsAcceptable(header) ? new(0, header) : Next();

    /// <summary><c>[A-Za-z0-9._-]{1,128}</c>: nothing that could forge a log line, a header or a page.</summary>
    internal static bool IsAcceptable(string? id) => id is { Length: > 0 and <= MaxLength } && !id.AsSpan().ContainsAnyExcept(Acceptable);

    /// <summary>Writes the id as ASCII and returns its length, at most <see cref="MaxLength"/>.</summary>
    internal int Write(Span<byte> to)
    {
        if (given is not null)
        {
            return Encoding.ASCII.GetBytes(given, to);
        }
        Prefix.CopyTo(to);
        // 60 bits of count are 12 characters: 24 in all.
        var length = PrefixLength + Math.Max(1, (64 - System.Numerics.BitOperations.LeadingZeroCount(number) + 4) / 5);
        var rest = number;
        for (var at = length - 1; at >= PrefixLength; at--)
        {
            to[at] = Alphabet[(int)(rest & 31)];
            rest >>= 5;
        }
        return length;
    }

    public override string ToString()
    {
        if (given is not null)
        {
            return given;
        }
        Span<byte> text = stackalloc byte[32];
        return Encoding.ASCII.GetString(text[..Write(text)]);
    }

    private static byte[] MakePrefix()
    {
        var prefix = RandomNumberGenerator.GetBytes(PrefixLength);
        for (var i = 0; i < PrefixLength - 1; i++)
        {
            prefix[i] = Alphabet[prefix[i] & 31];
        }
        prefix[PrefixLength - 1] = (byte)'-';
        return prefix;
    }
}
