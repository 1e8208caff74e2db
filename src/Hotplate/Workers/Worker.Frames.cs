using System.Runtime.CompilerServices;
using Hotplate.Channel;
using Hotplate.Linux;

namespace Hotplate.Workers;

/// <content>What the worker says, frame by frame, on the channel's thread.</content>
internal sealed partial class Worker
{
    /// <summary>Handles one frame. False: the worker broke the protocol.</summary>
    internal bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Response or FrameType.ResponseBody or FrameType.ResponseEnd or FrameType.Failed or FrameType.ResponseFile:
                return OnStreamFrame(header, payload);
            case FrameType.Skipped:
                return pool.Skipped(this, header.Stream);
            case FrameType.Pong:
                return true;
            case FrameType.Credit when header.Stream == 0:
                pool.SetConcurrency(this, (int)Math.Clamp(header.Argument, 1, (uint)flights.Length));
                return true;
            case FrameType.Credit:
                Current(header.Stream)?.OnRequestCredit(this, header.Stream, header.Argument);
                return true;
            case FrameType.Ready:
                return OnReady(payload);
            case FrameType.Log:
                pool.OnLog(this, Current(header.Stream), header.Argument, payload);
                return true;
            case FrameType.Stack:
                stacks.Add(header.Argument, payload, header.Flags.HasFlag(FrameFlags.End));
                return true;
            case FrameType.Interrupted:
                pool.OnInterrupted(this, header.Stream, header.Argument != 0, payload);
                return true;
            case FrameType.Leaving:
                pool.Leaves?.Invoke(this);
                return true;
            default:
                return false;
        }
    }

    private bool OnStreamFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!header.Flags.HasFlag(FrameFlags.BodyInMemory))
        {
            return OnStream(header, payload);
        }
        if (header.Type is not (FrameType.Response or FrameType.ResponseBody) || !TryFindBody(payload, out _, out var pieces))
        {
            return false;
        }
        var whole = OnStream(header, payload);
        // Whoever wanted it has copied it.
        Interlocked.Or(ref Board.Worker.AnswersRead, pieces);
        return whole;
    }

    /// <summary>The body of a frame: the rest of its payload, or what lies where that says.</summary>
    internal ReadOnlySpan<byte> BodyOf(in FrameHeader header, ReadOnlySpan<byte> rest) =>
        !header.Flags.HasFlag(FrameFlags.BodyInMemory) ? rest : TryFindBody(rest, out var body, out _) ? body : default;

    private bool TryFindBody(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> body, out ulong pieces)
    {
        var reader = new PayloadReader(payload[Math.Max(0, payload.Length - SharedBodies.PlaceSize)..]);
        var offset = reader.U32();
        var length = reader.U32();
        var isThere = segment.AnswerBodies.TryRead(offset, length, out body) && reader.Ok;
        pieces = isThere ? BodyPieces.Of(offset, length) : 0;
        return isThere;
    }

    private bool OnStream(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var ends = header.Type is FrameType.ResponseEnd or FrameType.Failed || header.Flags.HasFlag(FrameFlags.End);
        var whole = true;
        var exchange = ends ? pool.Finish(this, header.Stream, header.Argument, out whole) : Moving(header.Stream);
        if (exchange is null)
        {
            // The client left, or the request was taken back: what still comes of it is passed over.
            return whole && (header.Type != FrameType.ResponseFile || CloseFile(header.Stream));
        }
        whole = header.Type switch
        {
            FrameType.Response => OnResponse(exchange, header, payload),
            FrameType.ResponseBody => exchange.OnBody(this, header.Stream, BodyOf(header, payload)),
            FrameType.ResponseFile => OnFile(exchange, header.Stream, payload),
            _ => true,
        };
        if (!ends)
        {
            // What is not whole stays in flight until the channel is closed, a moment later.
            FlushScope.Touch(exchange);
        }
        else if (!whole || header.Type == FrameType.Failed)
        {
            ServerErrors++;
            pool.Canary?.Failed(this, exchange);
            exchange.OnFailed(RequestFailure.AppFailed);
        }
        else
        {
            exchange.OnEnd();
        }
        return whole;
    }

    private bool OnResponse(Exchange exchange, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Answers++;
        var isServerError = payload.Length > 1 && BitConverter.ToUInt16(payload) >= 500;
        ServerErrors += isServerError ? 1 : 0;
        pool.Canary?.Answered(this, exchange, isServerError);
        return exchange.OnResponse(this, header, payload);
    }

    private bool OnFile(Exchange exchange, uint stream, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var offset = reader.I64();
        var length = reader.I64();
        if (!descriptors.TryReceive(stream, out var descriptor))
        {
            return false;
        }
        if (!reader.Ok || offset < 0 || length < 0 || offset > long.MaxValue - length)
        {
            _ = Libc.close(descriptor);
            return false;
        }
        return exchange.OnFile(this, stream, descriptor, offset, length);
    }

    private bool CloseFile(uint stream)
    {
        if (!descriptors.TryReceive(stream, out var descriptor))
        {
            return false;
        }
        _ = Libc.close(descriptor);
        return true;
    }

    /// <summary>As <see cref="Current"/>, of a stream of which a piece has come and more is to follow.</summary>
    private Exchange? Moving(uint stream)
    {
        ref var flight = ref Find(stream);
        if (Unsafe.IsNullRef(ref flight))
        {
            return null;
        }
        flight.Moves++;
        return flight.Exchange;
    }

    private Exchange? Current(uint stream)
    {
        ref var flight = ref Find(stream);
        return Unsafe.IsNullRef(ref flight) ? null : flight.Exchange;
    }

    private bool OnReady(ReadOnlySpan<byte> payload)
    {
        if (!ReadyFrame.TryRead(payload, out var ready) || ready.Version != Wire.Version || State != WorkerState.Starting)
        {
            return false;
        }
        Python = System.Text.Encoding.UTF8.GetString(ready.Python);
        State = WorkerState.Ready;
        pool.Joined(this);
        if (BecameReady is null)
        {
            pool.Admit(this);
        }
        else
        {
            BecameReady(this);
        }
        return true;
    }
}
