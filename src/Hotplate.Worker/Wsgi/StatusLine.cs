using Hotplate.Channel;
using Hotplate.Worker.CPython;

namespace Hotplate.Worker.Wsgi;

/// <summary>The status as start_response takes it: "404 Not Found".</summary>
internal static unsafe class StatusLine
{
    /// <summary>The code, and the reason when it is not the usual one. False: an exception is set.</summary>
    /// <param name="keeper">When not null, to be dropped after use; until then, and while the string lives, the reason is valid.</param>
    internal static bool TryRead(PyObject* status, out int code, out ReadOnlySpan<byte> reason, out PyObject* keeper)
    {
        code = 0;
        reason = default;
        keeper = null;
        if (!PyText.IsString(status))
        {
            Raise.TypeError($"start_response() status must be str, not {PyText.TypeName(status)} (PEP 3333)");
            return false;
        }
        if (!PyText.TryLatin1(status, out var text, out keeper))
        {
            Raise.ValueError("start_response() status has characters that are not Latin-1");
            return false;
        }
        if (text.Length < 3 || !IsDigit(text[0]) || !IsDigit(text[1]) || !IsDigit(text[2]) || (text.Length > 3 && text[3] != ' '))
        {
            Raise.ValueError($"start_response() status must be like '200 OK', not '{System.Text.Encoding.Latin1.GetString(text)}'");
            return false;
        }
        code = ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + text[2] - '0';
        if (!AnswerRule.IsStatus(code))
        {
            Raise.ValueError($"start_response() status {code} is not one that ends a request");
            return false;
        }
        reason = text.Length > 4 ? text[4..] : default;
        if (!AnswerRule.IsReason(reason))
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
