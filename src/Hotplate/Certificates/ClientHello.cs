using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Hotplate.Certificates;

/// <summary>What a client says of itself before anything is agreed on, as far as a certificate is chosen by it: RFC 8446 §4.1.2, RFC 6066
/// §3.</summary>
/// <remarks>It is no check of the message: OpenSSL reads it again, and refuses what is none. What is not understood is taken for not
/// said.</remarks>
internal sealed class ClientHello
{
    // RFC 8446 §5.1: a record's payload is 2^14 bytes at most.
    private const int LongestRecord = 1 << 14;

    // With key shares that withstand quantum computers it has about 2 KiB.
    private const int Longest = 1 << 16;
    private const int RecordHead = 5;
    private const int MessageHead = 4;
    private const byte Handshake = 22;

    /// <summary>The name that is asked for, in lower case; null: none, or one that is no host's.</summary>
    internal string? ServerName { get; private set; }

    /// <summary>A signature by an ECDSA key is understood.</summary>
    internal bool TakesEcdsa { get; private set; }

    /// <summary>ALPN names the protocol for proving that a name is ours, and nothing else (RFC 8737 §3).</summary>
    internal bool IsChallenge { get; private set; }

    /// <summary>Looks at what has come.</summary>
    /// <returns>Null: it is not all there. A hello without anything in it: what came is no TLS, or none that can be understood.</returns>
    internal static ClientHello? Read(in ReadOnlySequence<byte> sent, out bool isTls)
    {
        isTls = sent.IsEmpty || sent.FirstSpan[0] == Handshake;
        if (!isTls)
        {
            return new ClientHello();
        }
        var message = new ArrayBufferWriter<byte>();
        Span<byte> head = stackalloc byte[RecordHead];
        var rest = sent;
        while (rest.Length >= RecordHead)
        {
            rest.Slice(0, RecordHead).CopyTo(head);
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[3..]);
            if (head[0] != Handshake || length is 0 or > LongestRecord)
            {
                return new ClientHello();
            }
            if (rest.Length < RecordHead + length)
            {
                return null;
            }
            rest.Slice(RecordHead, length).CopyTo(message.GetSpan(length));
            message.Advance(length);
            rest = rest.Slice(RecordHead + length);
            var written = message.WrittenSpan;
            if (written.Length < MessageHead)
            {
                continue;
            }
            var whole = BinaryPrimitives.ReadInt32BigEndian(written) & 0xFFFFFF;
            if (written[0] != 1 || whole > Longest)
            {
                return new ClientHello();
            }
            if (written.Length >= MessageHead + whole)
            {
                return Parse(written.Slice(MessageHead, whole));
            }
        }
        return null;
    }

    private static ClientHello Parse(ReadOnlySpan<byte> body)
    {
        var hello = new ClientHello();
        const int versionAndRandom = 2 + 32;
        if (body.Length < versionAndRandom)
        {
            return hello;
        }
        var rest = body[versionAndRandom..];
        if (!TryTake(ref rest, 1, out _) || !TryTake(ref rest, 2, out var suites) || !TryTake(ref rest, 1, out _)
            || !TryTake(ref rest, 2, out var extensions))
        {
            return hello;
        }
        var suitable = HasEcdsaSuite(suites);
        while (extensions.Length >= 2)
        {
            var kind = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var value))
            {
                break;
            }
            switch (kind)
            {
                case 0:
                    hello.ServerName = NameIn(value);
                    break;
                case 13:
                    hello.TakesEcdsa = suitable && HasEcdsaSignature(value);
                    break;
                case 16:
                    hello.IsChallenge = value.SequenceEqual("\0\u000B\u000Aacme-tls/1"u8);
                    break;
            }
        }
        return hello;
    }

    private static bool HasEcdsaSuite(ReadOnlySpan<byte> suites)
    {
        for (; suites.Length >= 2; suites = suites[2..])
        {
            // All of TLS 1.3, which say nothing of signatures; of 1.2 ECDHE_ECDSA with AES in GCM and CBC, and with ChaCha20.
            if (BinaryPrimitives.ReadUInt16BigEndian(suites) is >= 0x1301 and <= 0x1303 or 0xC02B or 0xC02C or 0xCCA9 or 0xC023 or 0xC024)
            {
                return true;
            }
        }
        return false;
    }

    private static bool HasEcdsaSignature(ReadOnlySpan<byte> value)
    {
        if (!TryTake(ref value, 2, out var schemes))
        {
            return false;
        }
        for (; schemes.Length >= 2; schemes = schemes[2..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(schemes) is 0x0403 or 0x0503 or 0x0603)
            {
                return true;
            }
        }
        return false;
    }

    private static string? NameIn(ReadOnlySpan<byte> value)
    {
        if (!TryTake(ref value, 2, out var names) || names.Length == 0 || names[0] != 0)
        {
            return null;
        }
        names = names[1..];
        return TryTake(ref names, 2, out var name) && name.Length is > 0 and < 255 && IsHost(name)
            ? Encoding.ASCII.GetString(name).TrimEnd('.').ToLowerInvariant() : null;
    }

    private static bool IsHost(ReadOnlySpan<byte> name)
    {
        foreach (var one in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)one) && one is not ((byte)'-' or (byte)'.' or (byte)'_'))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>A vector with its length before it, in so many bytes.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> from, int digits, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < digits)
        {
            return false;
        }
        var length = digits == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length - digits < length)
        {
            return false;
        }
        taken = from.Slice(digits, length);
        from = from[(digits + length)..];
        return true;
    }
}
