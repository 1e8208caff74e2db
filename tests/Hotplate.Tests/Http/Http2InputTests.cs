using System.Buffers;
using System.IO.Pipelines;
using Hotplate.Apps;
using Hotplate.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Http;

/// <summary>Kestrel is shown all that an HTTP/2 client sends, in its order, though most heads have to wait for their turn.</summary>
public sealed class Http2InputTests : IDisposable
{
    private const int Heads = 500;
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private readonly ClientConnections all = new(new ClientMemory(16 << 20), null, 10_000, 100, TimeProvider.System, NullLogger.Instance);
    private readonly TaskCompletionSource end = new();

    public void Dispose()
    {
        end.SetResult();
        all.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Nothing_is_lost_and_nothing_comes_twice(int piece)
    {
        var sent = Frames();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => Assert.Equal(sent, await ReadAsync(sent, piece, taken: 1))));
    }

    [Fact]
    public async Task What_is_not_taken_is_shown_again()
    {
        var sent = Frames();
        Assert.Equal(sent, await ReadAsync(sent, 50, taken: 0.6));
    }

    /// <summary>Small heads, in one frame and in two, with data between them.</summary>
    private static byte[] Frames() =>
    [
        .. Preface,
        .. RawHttp2.Frame(RawHttp2.Settings, 0, 0, []),
        .. Enumerable.Range(0, Heads).SelectMany(static number => (byte[])
        [
            .. RawHttp2.Frame(RawHttp2.Headers, (byte)(number % 3 == 0 ? 0 : 4), (2 * number) + 1, new byte[number % 40]),
            .. number % 3 == 0 ? RawHttp2.Frame(9, 4, (2 * number) + 1, new byte[number % 5]) : [],
            .. RawHttp2.Frame(RawHttp2.Data, 1, (2 * number) + 1, new byte[number % 30]),
        ]),
    ];

    /// <param name="sent">What the client sends.</param>
    /// <param name="piece">How many bytes at a time.</param>
    /// <param name="taken">The part of what is shown that is taken.</param>
    private async Task<byte[]> ReadAsync(byte[] sent, int piece, double taken)
    {
        var connection = new DefaultConnectionContext();
        _ = all.Watch(_ => end.Task, multiplexed: true)(connection);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var input = new Http2Input(pipe.Reader, connection.Features.Get<ClientConnection>()!);
        var sending = Task.Run(async () =>
        {
            foreach (var part in sent.Chunk(piece))
            {
                await pipe.Writer.WriteAsync(part);
            }
            await pipe.Writer.CompleteAsync();
        });
        var got = new List<byte>();
        while (true)
        {
            var read = await input.ReadAsync(TestContext.Current.CancellationToken);
            if (read is { IsCompleted: true, Buffer.IsEmpty: true })
            {
                await sending;
                return [.. got];
            }
            var part = read.Buffer.Slice(0, (long)Math.Ceiling(taken * read.Buffer.Length));
            got.AddRange(part.ToArray());
            input.AdvanceTo(part.End, read.Buffer.End);
        }
    }
}
