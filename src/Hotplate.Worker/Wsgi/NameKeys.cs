using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>The environ keys of header names that have no id, HTTP_ included: the last one of each of 64 classes is kept.</summary>
internal unsafe struct NameKeys
{
    private const int Size = 64;
    private const int MaxName = 200;
    private RepeatedText* entries;

    internal void Open() => entries = (RepeatedText*)Libc.calloc(Size, sizeof(RepeatedText));

    /// <summary>The key, borrowed until the next call.</summary>
    internal readonly PyObject* Of(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxName)
        {
            return Long(name);
        }
        Span<byte> key = stackalloc byte[MaxName + 5];
        "HTTP_"u8.CopyTo(key);
        name.CopyTo(key[5..]);
        var kind = (uint)name.Length + (31u * name[0]) + (7u * name[^1]) + (3u * name[name.Length / 2]);
        return entries[kind % Size].Of(key[..(name.Length + 5)]);
    }

    private readonly PyObject* Long(ReadOnlySpan<byte> name)
    {
        var key = new NativeBuffer();
        key.Append("HTTP_"u8);
        key.Append(name);
        var text = entries[0].Of(key.Written);
        key.Free();
        return text;
    }
}
