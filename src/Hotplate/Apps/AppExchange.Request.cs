using System.Buffers.Binary;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <content>The request's side: what the worker gets.</content>
internal sealed partial class AppExchange
{
    internal override string RouteName => Head.RouteName;

    internal override RequestName Name => Head.Name;

    internal override bool IsAnswering => HasHead;

    /// <summary>The worker has used up its credit, or has had all that came of the body.</summary>
    internal override bool WaitsForClient =>
        (Volatile.Read(ref uncredited) >= Wire.InitialCredit && IsFrom(Worker, Stream)) || Streamed is { Starves: true };

    internal override bool MayMove => Streamed is not { Started: true };

    internal override bool MayRunAgain => Idempotent && (!HasHead || (continuable && passed.Length < promised)) && MayMove;

    internal override int RequestSize => Wire.HeaderSize + Head.Length + (BodyOffset >= 0 ? SharedBodies.PlaceSize : InMemoryBodySize);

    internal override int LargeBody => Body.Length >= SharedBodies.Shortest && Body.File is null ? (int)Body.Length : 0;

    private int InMemoryBodySize
    {
        get
        {
            var length = Body.File is null ? (int)Body.Length : 0;
            return length + (length > Wire.MaxInlineBody ? Wire.HeaderSize * (1 + (length / Wire.MaxBodyFrame)) : 0);
        }
    }

    internal override void WriteBody(Span<byte> to) => Body.Memory.Span.CopyTo(to);

    internal override int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags)
    {
        var length = Wire.HeaderSize + Head.Length;
        Head.Payload.CopyTo(to[Wire.HeaderSize..]);
        if (BodyOffset >= 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(to[length..], (uint)BodyOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(to[(length + sizeof(uint))..], (uint)LargeBody);
            length += SharedBodies.PlaceSize;
            new FrameHeader(length, FrameType.Request, flags | FrameFlags.BodyInMemory | FrameFlags.End, slot, stream, sequence).Write(to);
            return length;
        }
        var body = Body.Memory.Span;
        var inline = Streamed is null && body.Length <= Wire.MaxInlineBody;
        flags |= (Streamed, Body.File, inline) switch
        {
            (not null, _, _) => FrameFlags.BodyStreams,
            (_, not null, _) => FrameFlags.BodyInFile | FrameFlags.End,
            (_, _, true) => FrameFlags.End,
            _ => FrameFlags.None,
        };
        if (inline)
        {
            body.CopyTo(to[length..]);
            length += body.Length;
            body = default;
        }
        new FrameHeader(length, FrameType.Request, flags, slot, stream, sequence).Write(to);
        while (!body.IsEmpty)
        {
            var piece = body[..Math.Min(body.Length, Wire.MaxBodyFrame)];
            body = body[piece.Length..];
            var size = Wire.HeaderSize + piece.Length;
            new FrameHeader(size, FrameType.RequestBody, body.IsEmpty ? FrameFlags.End : FrameFlags.None, 0, stream, 0).Write(to[length..]);
            piece.CopyTo(to[(length + Wire.HeaderSize)..]);
            length += size;
        }
        return length;
    }

    internal override DescriptorPass PassDescriptor(Worker worker, uint stream)
    {
        if (Body.File is not { } file)
        {
            return DescriptorPass.Passed;
        }
        // Opened anew for every attempt: descriptors that are only duplicates share one offset, which would spoil a second run.
        var fd = Libc.open($"/proc/self/fd/{file.DangerousGetHandle()}", Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return DescriptorPass.Refused;
        }
        var pass = worker.PassDescriptor(stream, fd);
        _ = Libc.close(fd);
        return pass;
    }

    internal override void OnSent(Worker worker, uint stream) => Streamed?.Start(this, worker, stream);

    internal override void OnRequestCredit(Worker from, uint stream, uint bytes)
    {
        lock (gate)
        {
            if (!ended && IsAt(from, stream))
            {
                Streamed?.AddCredit(bytes);
            }
        }
    }
}
