using Hotplate.Worker.CPython;

namespace Hotplate.Worker.Wsgi;

/// <summary>The status as start_response takes it: "404 Not Found".</summary>
internal static unsafe class StatusLine
{
    /// <summary>The code, and the reason when it is not the usual one. The reason is valid while the string lives. False: an exception is set.</summary>
    internal static bool TryRead(PyObject* status, out int code, out ReadOnlySpan<byte> reason)
    {
        code = 0;
        reason = default;
        if (!PyText.IsString(status))
        {
            Raise.TypeError($"start_response() status must be str, not {PyText.TypeName(status)} (PEP 3333)");
            return false;
        }
        if (!PyText.TryAscii(status, out var text) && !TryKept(status, out text))
        {
            Raise.ValueError("start_response() status has characters that are not ASCII");
            return false;
        }
        if (text.Length < 3 || !IsDigit(text[0]) || !IsDigit(text[1]) || !IsDigit(text[2]) || (text.Length > 3 && text[3] != ' '))
        {
            Raise.ValueError($"start_response() status must be like '200 OK', not '{System.Text.Encoding.Latin1.GetString(text)}'");
            return false;
        }
        code = ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + text[2] - '0';
        if (code < 200)
        {
            Raise.ValueError($"start_response() status {code} is not one that ends a request");
            return false;
        }
        reason = text.Length > 4 ? text[4..] : default;
        if (reason.Length > 512 || HeaderNames.HasControl(reason))
        {
            Raise.ValueError("start_response() status has a line break or another control character, or is too long");
            return false;
        }
        if (reason.SequenceEqual(Usual(code)))
        {
            reason = default;
        }
        return true;
    }

    private static bool IsDigit(byte c) => c is >= (byte)'0' and <= (byte)'9';

    /// <summary>For subclasses of str: their UTF-8 form is kept by the object itself.</summary>
    private static bool TryKept(PyObject* status, out ReadOnlySpan<byte> text)
    {
        nint length;
        var bytes = Api.PyUnicode_AsUTF8AndSize(status, &length);
        if (bytes is null)
        {
            Api.PyErr_Clear();
            text = default;
            return false;
        }
        text = new ReadOnlySpan<byte>(bytes, (int)Math.Min(length, 4096));
        return System.Text.Ascii.IsValid(text);
    }

    private static ReadOnlySpan<byte> Usual(int code) => code switch
    {
        200 => "OK"u8,
        201 => "Created"u8,
        202 => "Accepted"u8,
        204 => "No Content"u8,
        206 => "Partial Content"u8,
        301 => "Moved Permanently"u8,
        302 => "Found"u8,
        303 => "See Other"u8,
        304 => "Not Modified"u8,
        307 => "Temporary Redirect"u8,
        308 => "Permanent Redirect"u8,
        400 => "Bad Request"u8,
        401 => "Unauthorized"u8,
        403 => "Forbidden"u8,
        404 => "Not Found"u8,
        405 => "Method Not Allowed"u8,
        500 => "Internal Server Error"u8,
        503 => "Service Unavailable"u8,
        _ => default,
    };
}
