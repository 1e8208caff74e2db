using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>Response header names: checked once for each Python string, then known by the object.</summary>
internal static unsafe class HeaderNames
{
    private const int Size = 128;

    private static Known* known;
    private static byte[][] lowerNames = null!;

    private struct Known
    {
        /// <summary>A reference, so that the address cannot come to mean another string.</summary>
        internal PyObject* Name;
        internal int Id;
    }

    internal static void Open()
    {
        known = (Known*)Libc.calloc(Size, sizeof(Known));
        lowerNames = new byte[ResponseHeaders.Names.Length][];
        for (var id = 0; id < lowerNames.Length; id++)
        {
            lowerNames[id] = System.Text.Encoding.ASCII.GetBytes(ResponseHeaders.Names[id].ToLowerInvariant());
        }
    }

    /// <summary>The id of a name; when that is 0, its text, valid while the string lives. False: an exception is set.</summary>
    internal static bool TryFind(PyObject* name, out int id, out ReadOnlySpan<byte> text)
    {
        var entry = known + ((((nuint)name >> 4) ^ ((nuint)name >> 11)) % Size);
        if (entry->Name == name)
        {
            id = entry->Id;
            text = default;
            return id != 0 || PyText.TryAscii(name, out text);
        }
        return TryFindAnew(name, entry, out id, out text);
    }

    /// <summary>Bytes that would end the header, or that no header may have: all controls but the tab (RFC 9110 §5.5).</summary>
    internal static bool HasControl(ReadOnlySpan<byte> value)
    {
        if (value.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0 && value.IndexOf((byte)0x7F) < 0)
        {
            return false;
        }
        foreach (var c in value)
        {
            if (c is < 0x20 and not (byte)'\t' or 0x7F)
            {
                return true;
            }
        }
        return false;
    }

    private static bool TryFindAnew(PyObject* name, Known* entry, out int id, out ReadOnlySpan<byte> text)
    {
        id = 0;
        text = default;
        if (!PyText.IsString(name))
        {
            Raise.TypeError($"a response header's name must be str, not {PyText.TypeName(name)} (PEP 3333)");
            return false;
        }
        if (!PyText.TryAscii(name, out text) || text.IsEmpty || text.Length > 256 || !IsToken(text))
        {
            if (name->Type != Api.Unicode)
            {
                return TryFindSubclass(name, out id, out text);
            }
            Raise.ValueError(text.IsEmpty && name->Size > 0
                ? "the name of a response header has characters that are not ASCII (RFC 9110 §5.1)"
                : $"'{System.Text.Encoding.Latin1.GetString(text)}' is not the name of a response header (RFC 9110 §5.1)");
            return false;
        }
        if (IsHopByHop(text))
        {
            Raise.AssertionError(
                $"the application may not set the hop-by-hop header '{System.Text.Encoding.ASCII.GetString(text)}' (PEP 3333, \"Other HTTP Features\")");
            return false;
        }
        for (var i = 1; i < lowerNames.Length && id == 0; i++)
        {
            if (lowerNames[i].Length == text.Length && System.Text.Ascii.EqualsIgnoreCase(lowerNames[i], text))
            {
                id = i;
            }
        }
        if (name->Type == Api.Unicode)
        {
            var old = entry->Name;
            *entry = new Known { Name = Reference.Add(name), Id = id };
            if (old is not null)
            {
                Reference.Drop(old);
            }
        }
        return true;
    }

    /// <summary>A subclass of str has its characters elsewhere: an exact copy is read instead, and kept for as long as the table keeps it.</summary>
    private static bool TryFindSubclass(PyObject* name, out int id, out ReadOnlySpan<byte> text)
    {
        id = 0;
        text = default;
        nint length;
        var bytes = Api.PyUnicode_AsUTF8AndSize(name, &length);
        if (bytes is null)
        {
            return false;
        }
        var copy = PyText.New(new ReadOnlySpan<byte>(bytes, (int)Math.Min(length, 1024)));
        var entry = known + ((((nuint)copy >> 4) ^ ((nuint)copy >> 11)) % Size);
        var good = copy is not null && TryFindAnew(copy, entry, out id, out text);
        if (copy is not null)
        {
            Reference.Drop(copy);
        }
        return good;
    }

    private static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && !"!#$%&'*+-.^_`|~"u8.Contains(c))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsHopByHop(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Is(name, "te"u8),
        7 => Is(name, "trailer"u8) || Is(name, "upgrade"u8),
        8 => Is(name, "trailers"u8),
        10 => Is(name, "connection"u8) || Is(name, "keep-alive"u8),
        16 => Is(name, "proxy-connection"u8),
        17 => Is(name, "transfer-encoding"u8),
        18 => Is(name, "proxy-authenticate"u8),
        19 => Is(name, "proxy-authorization"u8),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower) => System.Text.Ascii.EqualsIgnoreCase(name, lower);
}
