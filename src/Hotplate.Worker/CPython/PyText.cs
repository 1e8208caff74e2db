using System.Runtime.CompilerServices;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.CPython;

/// <summary>Python strings as Latin-1 bytes and back.</summary>
/// <remarks>
/// ASCII strings, which is what nearly all are, are read in place: their layout is known for 3.9 to 3.14 and tried on a real string at load.
/// </remarks>
internal static unsafe class PyText
{
    /// <summary>Bits 5 and 6 of the state word: compact, and nothing but ASCII.</summary>
    private const uint CompactAscii = 0x60;
    private const int StateOffset = 32;

    /// <summary>Where the bytes of a bytes object are.</summary>
    internal const int BytesOffset = 32;
    private const ulong ListSubclass = 1UL << 25;
    private const ulong TupleSubclass = 1UL << 26;
    private const ulong UnicodeSubclass = 1UL << 28;
    private const ulong BytesSubclass = 1UL << 27;
    private static int dataOffset;
    private static uint asciiMask;

    /// <summary>Finds out how this interpreter lays ASCII strings out; where it does so in no way known, strings are read by its functions.</summary>
    internal static void Probe()
    {
        var ascii = New("hotplate probe"u8);
        using var other = new NewRef(New([0xE9, 0xE8, 0xE9]));
        foreach (var offset in (ReadOnlySpan<int>)[40, 48])
        {
            if (new ReadOnlySpan<byte>((byte*)ascii + offset, 15).SequenceEqual("hotplate probe\0"u8))
            {
                dataOffset = offset;
            }
        }
        // 3.14 may have moved the bits; then this stays 0 and the slow way is taken.
        if (dataOffset != 0 && (State(ascii) & CompactAscii) == CompactAscii && (State(other.Object) & CompactAscii) == 0x20)
        {
            asciiMask = CompactAscii;
        }
        Reference.Drop(ascii);
    }

    internal static bool IsString(PyObject* o) => o->Type == Api.Unicode || (Api.PyType_GetFlags(o->Type) & UnicodeSubclass) != 0;

    internal static bool IsBytes(PyObject* o) => o->Type == Api.Bytes || (Api.PyType_GetFlags(o->Type) & BytesSubclass) != 0;

    internal static bool IsList(PyObject* o) => (Api.PyType_GetFlags(o->Type) & ListSubclass) != 0;

    internal static bool IsTuple(PyObject* o) => (Api.PyType_GetFlags(o->Type) & TupleSubclass) != 0;

    /// <summary>The bytes of a bytes object, valid while it lives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ReadOnlySpan<byte> BytesOf(PyObject* o) => new((byte*)o + BytesOffset, checked((int)o->Size));

    /// <summary>A new string of Latin-1 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static PyObject* New(ReadOnlySpan<byte> latin1)
    {
        fixed (byte* bytes = latin1)
        {
            return Api.PyUnicode_DecodeLatin1(bytes, latin1.Length, null);
        }
    }

    /// <summary>The bytes of an ASCII string in place. False: it is not one, or that cannot be told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryAscii(PyObject* text, out ReadOnlySpan<byte> ascii)
    {
        if (asciiMask != 0 && (State(text) & CompactAscii) == asciiMask)
        {
            ascii = new((byte*)text + dataOffset, (int)Math.Min(text->Size, int.MaxValue));
            return true;
        }
        ascii = default;
        return false;
    }

    /// <summary>The string as Latin-1 bytes. <paramref name="keeper"/>, when not null, is to be dropped after use. False: an exception is set.</summary>
    internal static bool TryLatin1(PyObject* text, out ReadOnlySpan<byte> latin1, out PyObject* keeper)
    {
        keeper = null;
        if (TryAscii(text, out latin1))
        {
            return true;
        }
        keeper = Api.PyUnicode_AsLatin1String(text);
        if (keeper is null)
        {
            return false;
        }
        latin1 = BytesOf(keeper);
        return true;
    }

    /// <summary>For messages: the name of an object's type.</summary>
    internal static string TypeName(PyObject* o)
    {
        var name = *(byte**)((byte*)o->Type + 24); // tp_name follows the variable-size head
        return System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)name) ?? "?";
    }

    private static uint State(PyObject* text) => *(uint*)((byte*)text + StateOffset);
}
