using Hotplate.Worker.CPython;

namespace Hotplate.Worker.Wsgi;

/// <summary>Python text for the log: whole lines at once, the rest of a line when it is flushed or the request ends.</summary>
internal static unsafe class LogStream
{
    private const int MaxLine = 32 * 1024;

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

    /// <summary>A part of a text. Without a request there is nowhere to keep the rest of a line, so it is sent as it is.</summary>
    internal static bool TryWriteLines(Exchange* exchange, PyObject* text, bool flush)
    {
        if (exchange is null)
        {
            return TryWrite(0, Log.Warning, text);
        }
        using var encoded = new NewRef(Encode(text));
        if (encoded.IsNull)
        {
            return false;
        }
        var bytes = PyText.BytesOf(encoded.Object);
        exchange->LogLine.Append(bytes);
        var whole = flush || exchange->LogLine.Length > MaxLine ? exchange->LogLine.Length : exchange->LogLine.Written.LastIndexOf((byte)'\n') + 1;
        if (whole > 0)
        {
            Log.Write(exchange->Stream, Log.Warning, exchange->LogLine.Written[..whole]);
            var rest = exchange->LogLine.Written[whole..];
            rest.CopyTo(exchange->LogLine.Written);
            exchange->LogLine.Length = rest.Length;
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
