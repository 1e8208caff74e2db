using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Apps;
using Hotplate.Http;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Sites;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hotplate.Tests.Apps;

/// <summary>The front as it is, on a port, with workers that the test plays.</summary>
internal sealed class FrontOfFarEnds : IAsyncDisposable
{
    private const long Quota = 1L << 30;
    private readonly FrontServer kestrel;
    private readonly Listeners listeners;
    private readonly List<FarEnd> ends = [];

    private FrontOfFarEnds(HttpSettings http, WorkerSettings workers, bool http2, string? folder)
    {
        Spool = new SpoolDirectory(folder ?? Path.GetTempPath(), Quota);
        Pool = new WorkerPool(workers, TimeProvider.System, NullLogger.Instance);
        var settings = new AppSettings { Target = "none", Directory = "/", Python = "none" };
        var app = new AppHandler(settings, http, Pool, Spool, Memory);
        Front = new FrontApplication(http, new CurrentSite(new Site([app])), null, NullLogger.Instance);
        var refusals = new KestrelRefusals(http, Front.Unrouted, null, NullLogger.Instance);
        listeners = new Listeners(http, [new BindAddress { Text = "127.0.0.1:0", EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Http2 = http2 }], refusals);
        var loggers = refusals.Hearing(NullLoggerFactory.Instance);
        var sockets = new SocketListeners(listeners.Transport, listeners.Multiplexes, static _ => { }, loggers);
        kestrel = new FrontServer(listeners, sockets, loggers);
    }

    internal WorkerPool Pool { get; }

    internal SpoolDirectory Spool { get; }

    internal ClientMemory Memory { get; } = new(Quota);

    internal IReadOnlyList<FarEnd> Ends => ends;

    internal Uri Address => new($"http://{IPEndPoint.Parse(listeners.Addresses.First()["http://".Length..].Split(' ')[0])}/");

    private FrontApplication Front { get; }

    internal static async Task<FrontOfFarEnds> StartAsync(
        HttpSettings? http = null, WorkerSettings? workers = null, int count = 1, bool http2 = false, string? folder = null)
    {
        var front = new FrontOfFarEnds(http ?? new HttpSettings(), workers ?? new WorkerSettings(), http2, folder);
        await front.kestrel.StartAsync(front.Front, TestContext.Current.CancellationToken);
        for (var i = 0; i < count; i++)
        {
            await front.JoinAsync();
        }
        return front;
    }

    internal async Task<FarEnd> JoinAsync()
    {
        var end = await FarEnd.JoinAsync(Pool, TimeProvider.System, id: ends.Count + 1);
        ends.Add(end);
        return end;
    }

    /// <summary>A connection that reads nothing until it is told to, and little of which the kernel takes for it.</summary>
    internal async Task<SlowClient> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, TestContext.Current.CancellationToken);
        return new SlowClient(socket);
    }

    /// <summary>Nothing is held for any request any more.</summary>
    internal async Task NothingIsLeftAsync()
    {
        await Patience.UntilAsync(() => Pool.InFlight == 0 && Pool.Waiting == 0, "no request");
        await Patience.UntilAsync(() => Spool.Used == 0, "nothing on disk");
        await Patience.UntilAsync(() => Memory.Used == 0, "nothing in memory");
    }

    public async ValueTask DisposeAsync()
    {
        await kestrel.StopAsync(new CancellationToken(canceled: true));
        kestrel.Dispose();
        ends.ForEach(static end => end.Dispose());
        Pool.Dispose();
    }
}

/// <summary>A client whose every read is the test's.</summary>
internal sealed class SlowClient(Socket socket) : IDisposable
{
    private readonly NetworkStream stream = new(socket, ownsSocket: true);

    internal async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    internal Task GetAsync(string path = "/") => SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");

    /// <summary>Reads one whole answer by its Content-Length or chunks. Null: the connection was cut before its end.</summary>
    internal async Task<FarAnswer?> ReadAsync(bool bodyless = false)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadBytesAsync(1) is not { } one)
            {
                return null;
            }
            head.Append((char)one[0]);
        }
        var text = head.ToString();
        var status = int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture);
        if (bodyless)
        {
            return new FarAnswer(status, text, []);
        }
        var length = text.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        var body = length is null ? await ReadChunksAsync() : await ReadBytesAsync(int.Parse(length["Content-Length: ".Length..], CultureInfo.InvariantCulture));
        return body is null ? null : new FarAnswer(status, text, body);
    }

    /// <summary>Reads so many bytes of a chunked body, which must end with a chunk.</summary>
    internal async Task<byte[]?> ReadBodyAsync(int count)
    {
        var body = new MemoryStream();
        while (body.Length < count && await ReadChunkAsync() is { Length: > 0 } chunk)
        {
            body.Write(chunk);
        }
        return body.ToArray();
    }

    /// <summary>Goes without a word: what is on the way is lost.</summary>
    internal void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, 0);
        socket.Dispose();
    }

    public void Dispose() => stream.Dispose();

    private async Task<byte[]?> ReadChunksAsync()
    {
        var body = new MemoryStream();
        while (await ReadChunkAsync() is { } chunk)
        {
            if (chunk.Length == 0)
            {
                return body.ToArray();
            }
            body.Write(chunk);
        }
        return null;
    }

    private async Task<byte[]?> ReadChunkAsync()
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            if (await ReadBytesAsync(1) is not { } one)
            {
                return null;
            }
            line.Append((char)one[0]);
        }
        var size = int.Parse(line.ToString().Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (await ReadBytesAsync(size + 2))?[..size];
    }

    internal async Task<byte[]?> ReadBytesAsync(int count)
    {
        // From now on it is a quick one.
        socket.ReceiveBufferSize = 1 << 20;
        var buffer = new byte[count];
        try
        {
            var read = await stream.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false, TestContext.Current.CancellationToken).AsTask().OrFail();
            return read == count ? buffer : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>What a client got.</summary>
internal sealed record FarAnswer(int Status, string Head, byte[] Body);
