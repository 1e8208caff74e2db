using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hotplate.Http;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Tests.Http;

/// <summary>A client's connection in an event loop, with a real socket at the other end.</summary>
public sealed class SocketConnectionTests : IAsyncLifetime
{
    private const int MostUnsent = 64 * 1024;
    private static readonly CancellationToken Never = CancellationToken.None;
    private readonly Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private SocketConnection connection = null!;

    private PipeReader Input => connection.Transport.Input;

    private PipeWriter Output => connection.Transport.Output;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await client.ConnectAsync(listener.LocalEndPoint!);
        connection = new SocketConnection(await listener.AcceptAsync(), MostUnsent);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connection.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_arrives_in_order_whatever_the_pieces(int seed)
    {
        var sent = new byte[3_000_000];
        new Random(seed).NextBytes(sent);
        var echo = EchoAsync(new Random(seed));
        var sending = Task.Run(
            async () =>
            {
                var random = new Random(seed + 1);
                for (var at = 0; at < sent.Length;)
                {
                    at += await client.SendAsync(sent.AsMemory(at, Math.Min(random.Next(1, 100_000), sent.Length - at)));
                }
                client.Shutdown(SocketShutdown.Send);
            },
            Never);

        var received = await ReadToEndAsync();

        await sending;
        Assert.Equal(sent, received);
        await echo;
    }

    [Fact]
    public async Task What_was_not_looked_at_is_given_again_and_what_was_is_waited_behind()
    {
        await client.SendAsync("abc"u8.ToArray());
        var result = await Input.ReadAsync(Never);
        Assert.Equal("abc", Text(result.Buffer));
        Input.AdvanceTo(result.Buffer.GetPosition(1), result.Buffer.GetPosition(2));

        result = await Input.ReadAsync(Never);
        Assert.Equal("bc", Text(result.Buffer));
        Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        var more = Input.ReadAsync(Never);
        Assert.False(more.IsCompleted);
        await client.SendAsync("d"u8.ToArray());

        result = await more;
        Assert.Equal("bcd", Text(result.Buffer));
        Input.AdvanceTo(result.Buffer.End);
        Assert.False(Input.TryRead(out _));
    }

    [Fact]
    public async Task A_read_that_waits_can_be_ended_and_the_next_goes_on()
    {
        var waiting = Input.ReadAsync(Never);
        Input.CancelPendingRead();
        Assert.True((await waiting).IsCanceled);
        using var cancel = new CancellationTokenSource();
        waiting = Input.ReadAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await waiting);
        Input.CancelPendingRead();
        Assert.True((await Input.ReadAsync(Never)).IsCanceled);

        await client.SendAsync("x"u8.ToArray());

        var result = await Input.ReadAsync(Never);
        Assert.Equal("x", Text(result.Buffer));
        Assert.False(result.IsCanceled);
    }

    [Fact]
    public async Task The_end_of_sending_comes_behind_all_that_was_sent()
    {
        var gone = new TaskCompletionSource();
        connection.ConnectionClosed.Register(gone.SetResult);
        await client.SendAsync(new byte[10_000]);
        client.Shutdown(SocketShutdown.Send);
        await gone.Task;
        var length = 0L;
        while (true)
        {
            var result = await Input.ReadAsync(Never);
            length += result.Buffer.Length;
            Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        Assert.Equal(10_000, length);
        await Output.WriteAsync("answer"u8.ToArray(), Never);
        await connection.DisposeAsync();
        Assert.Equal("answer"u8.ToArray(), await ReadToEndAsync());
    }

    [Fact]
    public async Task Who_does_not_read_holds_the_writer_up_until_it_does()
    {
        client.ReceiveBufferSize = 8 * 1024;
        var written = 0L;
        ValueTask<FlushResult> flush;
        do
        {
            flush = Output.WriteAsync(new byte[16 * 1024], Never);
            written += 16 * 1024;
        }
        while (flush.IsCompleted && written < 64 << 20);
        Assert.False(flush.IsCompleted);

        var reading = ReadToEndAsync();

        Assert.False((await flush).IsCompleted);
        await connection.DisposeAsync();
        Assert.Equal(written, (await reading).Length);
    }

    [Fact]
    public async Task An_abort_is_a_reset_and_ends_whoever_waits()
    {
        var reading = Input.ReadAsync(Never);
        client.ReceiveBufferSize = 8 * 1024;
        ValueTask<FlushResult> flush;
        do
        {
            flush = Output.WriteAsync(new byte[64 * 1024], Never);
        }
        while (flush.IsCompleted);

        connection.Abort(new ConnectionAbortedException("test"));

        Assert.True((await flush).IsCompleted);
        await Assert.ThrowsAsync<ConnectionAbortedException>(async () => await reading);
        Assert.True((await Output.FlushAsync(Never)).IsCompleted);
        await Assert.ThrowsAsync<SocketException>(ReadToEndAsync);
    }

    [Fact]
    public async Task What_was_never_read_does_not_take_the_answer_from_its_client()
    {
        await client.SendAsync(new byte[100_000]);
        var result = await Input.ReadAsync(Never);
        Input.AdvanceTo(result.Buffer.Start);
        await Output.WriteAsync(new byte[200_000], Never);

        await connection.DisposeAsync();

        Assert.Equal(200_000, (await ReadToEndAsync()).Length);
    }

    [Fact]
    public async Task More_than_a_block_holds_can_be_asked_for_at_once()
    {
        Output.GetSpan(5)[..5].Fill((byte)'a');
        Output.Advance(5);
        Output.GetSpan(100_000)[..100_000].Fill((byte)'b');
        Output.Advance(100_000);
        Assert.Equal(100_005, Output.UnflushedBytes);

        await connection.DisposeAsync(); // flushes

        var received = await ReadToEndAsync();
        Assert.Equal(100_005, received.Length);
        Assert.Equal(5, received.AsSpan().IndexOf((byte)'b'));
    }

    private async Task EchoAsync(Random random)
    {
        while (true)
        {
            var result = await Input.ReadAsync(Never);
            var taken = result.IsCompleted ? result.Buffer : result.Buffer.Slice(0, random.NextInt64(result.Buffer.Length + 1));
            foreach (var piece in taken)
            {
                await Output.WriteAsync(piece, Never);
            }
            Input.AdvanceTo(taken.End, taken.IsEmpty ? result.Buffer.Start : taken.End);
            if (result.IsCompleted)
            {
                break;
            }
        }
        await connection.DisposeAsync();
    }

    private async Task<byte[]> ReadToEndAsync()
    {
        var all = new ArrayBufferWriter<byte>();
        while (await client.ReceiveAsync(all.GetMemory(50_000)) is var count and > 0)
        {
            all.Advance(count);
        }
        return all.WrittenSpan.ToArray();
    }

    private static string Text(ReadOnlySequence<byte> bytes) => System.Text.Encoding.ASCII.GetString(bytes.ToArray());
}
