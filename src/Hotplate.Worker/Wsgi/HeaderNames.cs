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

    private static bool TryFindAnew(PyObject* name, Known* entry, out int id, out ReadOnlySpan<byte> text)
    {
        id = 0;
        text = default;
        if (!PyText.IsString(name))
        {
            Raise.TypeError($"a response header's name must be str, not {PyText.TypeName(name)} (PEP 3333)");
            return false;
        }
        if (!PyText.TryAscii(name, out text) || !AnswerRule.IsName(text))
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
}
