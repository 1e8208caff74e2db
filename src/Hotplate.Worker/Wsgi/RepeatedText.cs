using System.Runtime.CompilerServices;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>A value that tends to be the same from request to request, and the Python string that was made of it last time.</summary>
internal unsafe struct RepeatedText
{
    /// <summary>Longer values are not kept.</summary>
    private const int MaxLength = 512;

    /// <summary>The environ key, for <see cref="Set"/>.</summary>
    internal PyObject* Key;
    private PyObject* text;
    private NativeBuffer bytes;

    /// <summary>The string of these bytes, borrowed until the next call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal PyObject* Of(ReadOnlySpan<byte> value) => text is not null && value.SequenceEqual(bytes.Written) ? text : Change(value);

    /// <summary>Puts the string under <see cref="Key"/> into a dict that keeps it until it changes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(PyObject* dict, ReadOnlySpan<byte> value)
    {
        if (text is null || !value.SequenceEqual(bytes.Written))
        {
            Api.PyDict_SetItem(dict, Key, Change(value));
        }
    }

    private PyObject* Change(ReadOnlySpan<byte> value)
    {
        var made = PyText.New(value);
        if (made is null)
        {
            Fatal.Exit("out of memory");
        }
        if (text is not null)
        {
            Reference.Drop(text);
        }
        text = made;
        bytes.Length = 0;
        if (value.Length > MaxLength)
        {
            // An empty remainder would equal an empty value.
            bytes.Append("\0"u8);
            return text;
        }
        bytes.Append(value);
        return text;
    }
}
