using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>Port numbers as Python strings: the last one of each of 256 classes is kept, since a connection sends many requests.</summary>
internal unsafe struct PortTexts
{
    private const int Size = 256;
    private Entry* entries;

    private struct Entry
    {
        internal PyObject* Text;
        internal ushort Port;
    }

    internal void Open() => entries = (Entry*)Libc.calloc(Size, sizeof(Entry));

    /// <summary>The string, borrowed until the next call.</summary>
    internal readonly PyObject* Of(ushort port)
    {
        var entry = entries + (port % Size);
        if (entry->Text is null || entry->Port != port)
        {
            Span<byte> digits = stackalloc byte[5];
            port.TryFormat(digits, out var length, default, null);
            var text = PyText.New(digits[..length]);
            if (text is null)
            {
                Fatal.Exit("out of memory");
            }
            if (entry->Text is not null)
            {
                Reference.Drop(entry->Text);
            }
            *entry = new Entry { Text = text, Port = port };
        }
        return entry->Text;
    }
}
