using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>One HTTP/2 connection, whose every frame the test decides. It takes all that comes, so that no window is ever in the way.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte RstStream = 3;
    public const byte Settings = 4;
    public const byte GoAway = 7;
    private const byte WindowUpdate = 8;
    private const byte Continuation = 9;
    private const int LargestFrame = 16384;
    private readonly NetworkStream stream;

    private RawHttp2(Socket socket) => stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Every frame that has come, in order.</summary>
    public List<(byte Type, byte Flags, int Stream, byte[] Payload)> Frames { get; } = [];

    public static async Task<RawHttp2> ConnectAsync(EndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to);
        var made = new RawHttp2(socket);
        // SETTINGS_INITIAL_WINDOW_SIZE, and the connection's own window.
        byte[] window = [0, 4, 0x40, 0, 0, 0];
        await made.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, window), .. Frame(WindowUpdate, 0, 0, [0x40, 0, 0, 0])]);
        return made;
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>A head, in as many frames as it needs: literals that no table remembers.</summary>
    /// <param name="end">Nothing follows on this stream.</param>
    public static byte[] Head(int stream, bool end, IEnumerable<(string Name, string Value)> fields)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            Text(block, name);
            Text(block, value);
        }
        var frames = new MemoryStream();
        var rest = block.ToArray().AsMemory();
        for (var type = Headers; ; type = Continuation)
        {
            var piece = rest[..Math.Min(rest.Length, LargestFrame)];
            rest = rest[piece.Length..];
            frames.Write(Frame(type, (byte)((end && type == Headers ? 1 : 0) | (rest.IsEmpty ? 4 : 0)), stream, piece.Span));
            if (rest.IsEmpty)
            {
                return frames.ToArray();
            }
        }
    }

    /// <summary>A request without a body.</summary>
    public static byte[] Get(int stream, string path, params (string Name, string Value)[] more) =>
        Head(stream, end: true, [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "plate.test"), .. more]);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes);

    /// <summary>Reads frames until one fits. False: the connection has ended before.</summary>
    public async Task<bool> UntilAsync(Func<byte, byte, int, bool> fits)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        var head = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head, limit.Token);
                var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
                await stream.ReadExactlyAsync(payload, limit.Token);
                var (type, flags, on) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
                Frames.Add((type, flags, on, payload));
                if (type == Settings && (flags & 1) == 0)
                {
                    await SendAsync(Frame(Settings, 1, 0, []));
                }
                if (fits(type, flags, on))
                {
                    return true;
                }
            }
        }
        catch (Exception error) when (error is EndOfStreamException or IOException)
        {
            return false;
        }
    }

    /// <summary>Reads until the stream has ended, one way or the other. False: the connection did.</summary>
    public Task<bool> EndAsync(int stream) => UntilAsync((type, flags, on) => on == stream && (type == RstStream || (type is Data or Headers && (flags & 1) != 0)));

    /// <summary>The body that came on a stream.</summary>
    public byte[] BodyOf(int stream) => [.. Frames.Where(frame => frame.Stream == stream && frame.Type == Data).SelectMany(static frame => frame.Payload)];

    /// <summary>The status of a stream's answer, which Kestrel writes in one of three ways; 0: there is none.</summary>
    public int StatusOf(int stream)
    {
        var block = Frames.Where(frame => frame.Stream == stream && frame.Type == Headers).Select(static frame => frame.Payload).FirstOrDefault();
        if (block is null or [])
        {
            return 0;
        }
        // An indexed field of the static table (RFC 7541 appendix A), or a literal with the name of one of them.
        int[] known = [200, 204, 206, 304, 400, 404, 500];
        return block[0] >= 0x88 && block[0] <= 0x8E ? known[block[0] - 0x88]
            : int.Parse(Encoding.ASCII.GetString(block.AsSpan(2, 3)), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The code of a stream's RST_STREAM; null: there was none.</summary>
    public int? ResetOf(int stream) => Frames.Where(frame => frame.Stream == stream && frame.Type == RstStream)
        .Select(static frame => (int?)BinaryPrimitives.ReadInt32BigEndian(frame.Payload)).FirstOrDefault();

    public void Dispose() => stream.Dispose();

    private static void Text(MemoryStream to, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length < 127)
        {
            to.WriteByte((byte)bytes.Length);
        }
        else
        {
            to.WriteByte(127);
            var rest = bytes.Length - 127;
            for (; rest >= 128; rest >>= 7)
            {
                to.WriteByte((byte)((rest & 127) | 128));
            }
            to.WriteByte((byte)rest);
        }
        to.Write(bytes);
    }
}
