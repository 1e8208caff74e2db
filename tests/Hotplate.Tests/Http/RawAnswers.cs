using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Http;

/// <summary>What came back on one connection: the answers, each read by its Content-Length or chunks, until the server closed.</summary>
public sealed record RawAnswers(IReadOnlyList<RawAnswer> All)
{
    public RawAnswer Only => Assert.Single(All);

    /// <summary>Sends everything, then reads until the server closes: the last request must make it do so.</summary>
    /// <remarks>The client must not close its sending side to that end: Kestrel takes that as a client that has left.</remarks>
    internal static async Task<RawAnswers> ExchangeAsync(NetworkStream stream, ReadOnlyMemory<byte> request, int piece = 0)
    {
        var cancel = TestContext.Current.CancellationToken;
        var received = new MemoryStream();
        try
        {
            if (stream.Socket.AddressFamily != AddressFamily.Unix)
            {
                stream.Socket.NoDelay = true;
            }
            for (var step = piece == 0 ? request.Length : piece; !request.IsEmpty; request = request[Math.Min(step, request.Length)..])
            {
                await stream.WriteAsync(request[..Math.Min(step, request.Length)], cancel);
            }
            await stream.CopyToAsync(received, cancel);
        }
        catch (IOException)
        {
            // Reset: the server closed before it had read everything. What it said before counts.
        }
        return Parse(Encoding.Latin1.GetString(received.ToArray()));
    }

    private static RawAnswers Parse(string text)
    {
        var all = new List<RawAnswer>();
        while (text.Length > 0)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Assert.True(end > 0 && text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal), $"not an answer: {text}");
            var head = text[..end];
            text = text[(end + 4)..];
            var answer = new RawAnswer(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, "");
            if (answer.Status is 100)
            {
                continue;
            }
            var body = answer.Header("Transfer-Encoding") == "chunked" ? Unchunk(ref text) : Take(ref text, answer.Header("Content-Length"));
            all.Add(answer with { Body = body });
        }
        return new RawAnswers(all);
    }

    private static string Take(ref string text, string? length)
    {
        var count = length is null ? text.Length : Math.Min(text.Length, int.Parse(length, CultureInfo.InvariantCulture));
        var body = text[..count];
        text = text[count..];
        return body;
    }

    private static string Unchunk(ref string text)
    {
        var body = new StringBuilder();
        while (true)
        {
            var line = text.IndexOf("\r\n", StringComparison.Ordinal);
            var size = int.Parse(text.AsSpan(0, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(text, line + 2, size);
            text = text[(line + 2 + size + 2)..];
            if (size == 0)
            {
                return body.ToString();
            }
        }
    }
}

/// <summary>One answer as it came.</summary>
public sealed record RawAnswer(int Status, string Head, string Body)
{
    public bool ClosesConnection => Header("Connection") == "close";

    public string? Header(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 2)..])
        .FirstOrDefault();
}
