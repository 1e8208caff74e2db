using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>One connection, whose every byte the test decides; reads exactly one response at a time.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket socket;
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private long left;

    private RawClient(Socket socket) => this.socket = socket;

    public EndPoint Local => socket.LocalEndPoint!;

    /// <summary>The connection has ended by a reset, not by a FIN.</summary>
    public bool WasReset { get; private set; }

    /// <param name="receiveBuffer">Bytes that the kernel keeps for a slow reader; 0: its default.</param>
    public static async Task<RawClient> ConnectAsync(EndPoint to, int receiveBuffer = 0)
    {
        var unix = to is UnixDomainSocketEndPoint;
        var made = new Socket(to.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (receiveBuffer > 0)
        {
            made.ReceiveBufferSize = receiveBuffer;
        }
        await made.ConnectAsync(to);
        if (!unix)
        {
            made.NoDelay = true;
        }
        return new RawClient(made);
    }

    /// <summary>Sends text, a byte for each character.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, limit.Token)..];
        }
    }

    /// <summary>Sends a whole HTTP/1.1 request; a Host field is added unless there is one.</summary>
    public async Task RequestAsync(string method, string path, IEnumerable<string> fields, byte[]? body = null)
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\n");
        if (!fields.Any(field => field.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append("Host: plate.test\r\n");
        }
        foreach (var field in fields)
        {
            head.Append(field).Append("\r\n");
        }
        head.Append("\r\n");
        await SendAsync(head.ToString());
        if (body is not null)
        {
            await SendAsync(body);
        }
    }

    /// <summary>Says by a FIN that nothing more is sent; answers still come.</summary>
    public void FinishSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Leaves by RST, as a client does that crashed or gave up.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    /// <summary>Reads one response to its end.</summary>
    /// <param name="method">The request's: the response to HEAD has no body.</param>
    public async Task<RawResponse> ReadAsync(string method = "GET")
    {
        var response = await ReadHeadAsync(method);
        var body = new MemoryStream();
        while (await ReadPieceAsync(response) is { } piece)
        {
            body.Write(piece);
        }
        response.Body = body.ToArray();
        return response;
    }

    /// <summary>Reads a response up to its body, 1xx responses included. Its status is 0 when the connection ends before it.</summary>
    public async Task<RawResponse> ReadHeadAsync(string method = "GET")
    {
        List<int> interim = [];
        while (true)
        {
            if (start == end && await FillAsync() == 0)
            {
                return new RawResponse { Version = "", Status = 0, Reason = "", Fields = [], Framing = Framing.UntilClose, Interim = interim };
            }
            var line = await ReadLineAsync();
            var words = line.Split(' ', 3);
            Assert.True(words.Length == 3 && words[0].StartsWith("HTTP/", StringComparison.Ordinal), $"no status line: \"{line}\"");
            var status = int.Parse(words[1], CultureInfo.InvariantCulture);
            var fields = await ReadFieldsAsync();
            if (status < 200)
            {
                interim.Add(status);
                continue;
            }
            var framing = FramingOf(method, status, fields);
            return new RawResponse
            {
                Version = words[0],
                Status = status,
                Reason = words[2],
                Fields = fields,
                Interim = interim,
                Framing = framing,
            };
        }
    }

    /// <summary>The next bytes of the body, one whole chunk if it is chunked; null at its end or when the connection is cut.</summary>
    public async Task<byte[]?> ReadPieceAsync(RawResponse response)
    {
        if (response.Status == 0)
        {
            return null;
        }
        if (response.IsComplete || response.Framing == Framing.None)
        {
            response.IsComplete = true;
            return null;
        }
        if (response.Framing == Framing.Chunked)
        {
            return await ReadChunkAsync(response);
        }
        if (response.Framing == Framing.Length && left == 0)
        {
            response.IsComplete = true;
            return null;
        }
        if (start == end && await FillAsync() == 0)
        {
            response.IsComplete = response.Framing == Framing.UntilClose;
            return null;
        }
        var count = response.Framing == Framing.Length ? (int)Math.Min(left, end - start) : end - start;
        left -= count;
        return Take(count);
    }

    /// <summary>Reads one line, without its end.</summary>
    public async Task<string> ReadLineAsync()
    {
        Assert.True(await HasLineAsync(), $"the connection ended within a line: \"{Encoding.Latin1.GetString(buffer, start, end - start)}\"");
        var length = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
        var line = Encoding.Latin1.GetString(Take(length));
        start += 2;
        return line;
    }

    /// <summary>All that comes until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync() > 0)
        {
            // More may come.
        }
        return Encoding.Latin1.GetString(Take(end - start));
    }

    public void Dispose() => socket.Dispose();

    private Framing FramingOf(string method, int status, List<(string Name, string Value)> fields)
    {
        string? Value(string name) => fields.LastOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        if (method == "HEAD" || status is 204 or 304)
        {
            return Framing.None;
        }
        if (Value("Transfer-Encoding") is { } coding)
        {
            Assert.Equal("chunked", coding);
            return Framing.Chunked;
        }
        if (Value("Content-Length") is { } length)
        {
            left = long.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture);
            return Framing.Length;
        }
        return Framing.UntilClose;
    }

    private async Task<List<(string Name, string Value)>> ReadFieldsAsync()
    {
        List<(string, string)> fields = [];
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Assert.True(colon > 0, $"no header field: \"{line}\"");
            fields.Add((line[..colon], line[(colon + 1)..].Trim(' ', '\t')));
        }
        return fields;
    }

    private async Task<byte[]?> ReadChunkAsync(RawResponse response)
    {
        if (!await HasLineAsync())
        {
            return null;
        }
        var size = int.Parse(await ReadLineAsync(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (size == 0)
        {
            while (await HasLineAsync() && await ReadLineAsync() is { Length: > 0 })
            {
                // A trailer field.
            }
            response.IsComplete = true;
            return null;
        }
        while (end - start < size + 2)
        {
            if (await FillAsync() == 0)
            {
                return null;
            }
        }
        var chunk = Take(size);
        Assert.Equal("\r\n"u8.ToArray(), Take(2));
        return chunk;
    }

    private async Task<bool> HasLineAsync()
    {
        while (buffer.AsSpan(start, end - start).IndexOf("\r\n"u8) < 0)
        {
            if (await FillAsync() == 0)
            {
                return false;
            }
        }
        return true;
    }

    private byte[] Take(int count)
    {
        var taken = buffer.AsSpan(start, count).ToArray();
        start += count;
        return taken;
    }

    // 0: the connection has ended, one way or the other.
    private async Task<int> FillAsync()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        using var limit = new CancellationTokenSource(Patience.Limit);
        try
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(end), limit.Token);
            end += count;
            return count;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            WasReset |= error.SocketErrorCode == SocketError.ConnectionReset;
            return 0;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the server says nothing more, and does not close. Unread: \"{Encoding.Latin1.GetString(buffer, start, Math.Min(end - start, 500))}\"");
            throw;
        }
    }
}
