using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Hotplate.Http;

/// <summary>What those get who speak HTTP where TLS is spoken.</summary>
internal static class PlainRequestPage
{
    private static readonly byte[] Answer = Make();

    /// <summary>It may be the beginning of a request.</summary>
    internal static bool IsFor(in ReadOnlySequence<byte> sent) => !sent.IsEmpty && char.IsAsciiLetterUpper((char)sent.FirstSpan[0]);

    internal static async Task WriteAsync(PipeWriter output) => await output.WriteAsync(Answer);

    private static byte[] Make()
    {
        var page = """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>400 This port speaks HTTPS</title>
            <h1>This port speaks HTTPS</h1>
            <p>The request came without TLS. Begin the address with <code>https://</code> in place of <code>http://</code>.</p>
            </html>

            """;
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {page.Length}\r\nCache-Control: "
                + $"no-store\r\nConnection: close\r\n\r\n{page}");
    }
}
