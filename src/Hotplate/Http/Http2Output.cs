using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Hotplate.Http;

/// <summary>What Kestrel writes to one HTTP/2 connection, frame by frame: what it announces is put right, and how far each stream has come is known.</summary>
/// <remarks>
/// Kestrel writes under a lock of its own; others ask meanwhile. A frame costs a few additions, and a stream an entry while it is answered.
/// </remarks>
internal sealed class Http2Output(PipeWriter inner) : PipeWriter
{
    private const int HeaderSize = 9;
    private const int PollInterval = 5;

    /// <summary>A head of ":status: 400" and nothing else: an indexed field of the static table (RFC 7541 appendix A), which changes no state.</summary>
    private const int RefusalSize = HeaderSize + 1;
    private const byte Status400 = 0x8C;
    private readonly Lock gate = new();
    private readonly Dictionary<int, long> answered = [];
    private readonly byte[] header = new byte[HeaderSize];
    private Memory<byte> handed;
    private int headerBytes;
    private int payload;
    private bool announced;
    private int refused;

    private enum Kind : byte
    {
        Data = 0,
        Headers = 1,
        RstStream = 3,
        Settings = 4,
    }

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>Kestrel is about to reset that stream because its head is none, and nothing was answered on it: its client is told 400 before.</summary>
    internal void Refuse(int stream) => refused = stream;

    /// <summary>Returns when so many bytes of a stream's answer are written, or its client is gone.</summary>
    internal async Task DeliveredAsync(int stream, long bytes, CancellationToken left)
    {
        while (!left.IsCancellationRequested && Answered(stream) < bytes)
        {
            await Task.Delay(PollInterval, CancellationToken.None);
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => handed = inner.GetMemory(sizeHint == 0 ? 0 : sizeHint + RefusalSize);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (gate)
        {
            bytes += Look(handed.Span, bytes);
        }
        handed = handed[bytes..];
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        source.CopyTo(GetMemory(source.Length));
        Advance(source.Length);
        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private long Answered(int stream)
    {
        lock (gate)
        {
            // Not there: its head is not written yet. It cannot have ended, since who asks is about to end it; a reset is told by the token.
            return answered.GetValueOrDefault(stream, -1);
        }
    }

    /// <summary>Returns how many bytes were put before the frames.</summary>
    private int Look(Span<byte> memory, int length)
    {
        var added = 0;
        for (var at = 0; at < length + added;)
        {
            if (payload > 0)
            {
                var part = Math.Min(payload, length + added - at);
                if (!announced)
                {
                    Announce(memory.Slice(at, part));
                }
                payload -= part;
                at += part;
                continue;
            }
            var more = Math.Min(HeaderSize - headerBytes, length + added - at);
            memory.Slice(at, more).CopyTo(header.AsSpan(headerBytes));
            headerBytes += more;
            at += more;
            if (headerBytes == HeaderSize)
            {
                headerBytes = 0;
                var put = LookAtFrame(memory, at - HeaderSize, length + added);
                added += put;
                at += put;
            }
        }
        return added;
    }

    private int LookAtFrame(Span<byte> memory, int start, int end)
    {
        payload = BinaryPrimitives.ReadInt32BigEndian(header) >>> 8;
        var stream = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)) & int.MaxValue;
        var kind = (Kind)header[3];
        if (kind == Kind.RstStream)
        {
            return Reset(stream, memory, start, end);
        }
        if (kind is not (Kind.Data or Kind.Headers))
        {
            announced |= kind != Kind.Settings;
            return 0;
        }
        if ((header[4] & 1) != 0)
        {
            answered.Remove(stream);
        }
        else if (kind == Kind.Headers)
        {
            answered.TryAdd(stream, 0);
        }
        else if (answered.TryGetValue(stream, out var before))
        {
            answered[stream] = before + payload;
        }
        return 0;
    }

    private int Reset(int stream, Span<byte> memory, int start, int end)
    {
        var wasAnswered = answered.Remove(stream);
        if (stream != refused)
        {
            return 0;
        }
        refused = 0;
        if (wasAnswered || start < 0 || end + RefusalSize > memory.Length)
        {
            return 0;
        }
        memory[start..end].CopyTo(memory[(start + RefusalSize)..]);
        var head = memory.Slice(start, RefusalSize);
        BinaryPrimitives.WriteInt32BigEndian(head, 1 << 8);
        (head[3], head[4]) = ((byte)Kind.Headers, 1 | 4);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        head[HeaderSize] = Status400;
        return RefusalSize;
    }

    /// <summary>Kestrel's first SETTINGS says that extended CONNECT (RFC 8441) is served, which it is not here. What stands before it is said twice instead.</summary>
    private void Announce(Span<byte> settings)
    {
        const int Size = 6;
        const ushort EnableConnectProtocol = 8;
        announced = true;
        for (var at = Size; at + Size <= settings.Length; at += Size)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(settings[at..]) == EnableConnectProtocol)
            {
                settings.Slice(at - Size, Size).CopyTo(settings[at..]);
            }
        }
    }
}
