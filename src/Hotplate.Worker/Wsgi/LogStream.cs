using System.Runtime.InteropServices;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>Python text for the log: whole lines at once, the rest of a line when it is flushed or the request ends.</summary>
internal static unsafe class LogStream
{
    private const int MaxLine = 32 * 1024;

    /// <summary>The rest of a line of nobody's: of a thread of the application's, or of what runs at the end. Guarded by the GIL.</summary>
    private static NativeBuffer ownLine;

    internal static void Open() => _ = Api.Py_AtExit(&FinishOwn);

    /// <summary>A whole text. False: it is no string, and an exception is set.</summary>
    internal static bool TryWrite(uint stream, uint level, PyObject* text)
    {
        using var bytes = new NewRef(Encode(text));
        if (bytes.IsNull)
        {
            return false;
        }
        Log.Write(stream, level, PyText.BytesOf(bytes.Object));
        return true;
    }

    /// <summary>A part of a text.</summary>
    internal static bool TryWriteLines(Exchange* exchange, PyObject* text, bool flush)
    {
        if (Lifetime.Forked)
        {
            return TryWrite(0, Log.Warning, text);
        }
        using var encoded = new NewRef(Encode(text));
        if (encoded.IsNull)
        {
            return false;
        }
        var bytes = PyText.BytesOf(encoded.Object);
        ref var line = ref exchange is null ? ref ownLine : ref exchange->LogLine;
        var stream = exchange is null ? 0 : exchange->Stream;
        line.Append(bytes);
        var whole = flush || line.Length > MaxLine ? line.Length : line.Written.LastIndexOf((byte)'\n') + 1;
        if (whole > 0)
        {
            Log.Write(stream, Log.Warning, line.Written[..whole]);
            var rest = line.Written[whole..];
            rest.CopyTo(line.Written);
            line.Length = rest.Length;
        }
        return true;
    }

    /// <summary>The request ends: the rest of a line is one.</summary>
    internal static void Finish(Exchange* exchange)
    {
        if (exchange->LogLine.Length > 0)
        {
            Log.Write(exchange->Stream, Log.Warning, exchange->LogLine.Written);
            exchange->LogLine.Length = 0;
        }
    }

    /// <summary>Python has ended, and nobody writes any more.</summary>
    [UnmanagedCallersOnly]
    private static void FinishOwn()
    {
        if (!Lifetime.Forked && ownLine.Length > 0)
        {
            Log.Write(0, Log.Warning, ownLine.Written);
            ownLine.Length = 0;
        }
    }

    private static PyObject* Encode(PyObject* text)
    {
        if (!PyText.IsString(text))
        {
            return Raise.TypeError($"wsgi.errors takes str, not {PyText.TypeName(text)}");
        }
        fixed (byte* encoding = "utf-8"u8, errors = "backslashreplace"u8)
        {
            return Api.PyUnicode_AsEncodedString(text, encoding, errors);
        }
    }
}
