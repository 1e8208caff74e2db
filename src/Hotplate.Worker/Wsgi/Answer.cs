using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker.Wsgi;

/// <summary>What the application answers, as response frames. All of it runs with the GIL, given up only to wait or to send much.</summary>
internal static unsafe class Answer
{
    /// <summary>A list's body up to this size leaves in one frame with the head.</summary>
    private const int MaxWhole = 32 * 1024;

    /// <summary>Less than this is copied and leaves with others; more is sent from where it is.</summary>
    private const int MaxCopied = 16 * 1024;

    /// <summary>Frames sent by one call: as much as the first credit allows.</summary>
    private const int FramesAtOnce = Wire.InitialCredit / Wire.MaxBodyFrame;

    /// <summary>A result whose length is known is answered whole. False: it must be iterated, or an exception is set.</summary>
    internal static bool TryFinish(Exchange* exchange, PyObject* result, out bool failed)
    {
        failed = false;
        var isList = result->Type == Api.List;
        if (!isList && result->Type != Api.Tuple)
        {
            return false;
        }
        if (exchange->Phase == Phase.Started && !exchange->NoBody && TryMeasure(result, isList, out var total)
            && total <= MaxWhole && (!exchange->HasLength || exchange->LengthLeft == total))
        {
            SendWhole(exchange, result, isList, (int)total);
            return true;
        }
        for (nint i = 0; i < result->Size; i++)
        {
            var item = Reference.Add(isList ? Api.PyList_GetItem(result, i) : Api.PyTuple_GetItem(result, i));
            failed = !TryWrite(exchange, item);
            Reference.Drop(item);
            if (failed)
            {
                return false;
            }
        }
        failed = !TryEnd(exchange);
        return !failed;
    }

    /// <summary>Sends a piece, or as much of it as the Content-Length leaves room for. False: an exception is set.</summary>
    internal static bool TryWrite(Exchange* exchange, PyObject* chunk)
    {
        if (!PyText.IsBytes(chunk))
        {
            Raise.TypeError($"the application's answer must be bytes, not {PyText.TypeName(chunk)} (PEP 3333)");
            return false;
        }
        var body = PyText.BytesOf(chunk);
        if (body.IsEmpty)
        {
            return true; // and no reason yet to send the head (PEP 3333, "Handling the Content-Length Header")
        }
        if (exchange->Phase == Phase.Called)
        {
            Raise.AssertionError("the application answered before it called start_response");
            return false;
        }
        if (exchange->NoBody)
        {
            exchange->LengthLeft -= body.Length;
            if (exchange->Phase == Phase.Started)
            {
                AppendHead(exchange, default);
            }
            return true;
        }
        body = Bound(exchange, body);
        if (body.Length <= MaxCopied && body.Length <= Volatile.Read(ref exchange->Credit))
        {
            Copy(exchange, body);
            SendIfMuch();
            return true;
        }
        Reference.Add(chunk);
        SendLarge(exchange, body);
        Reference.Drop(chunk);
        return true;
    }

    /// <summary>The application has no more. False: an exception is set.</summary>
    internal static bool TryEnd(Exchange* exchange)
    {
        if (exchange->Phase == Phase.Called)
        {
            Raise.AssertionError("the application returned without calling start_response");
            return false;
        }
        LogStream.Finish(exchange);
        var now = Libc.Now();
        var stream = exchange->Stream;
        var ran = exchange->RanFor(now);
        if (exchange->HasLength && exchange->LengthLeft > 0 && !exchange->NoBody && !exchange->IsAbandoned)
        {
            Log.Write(stream, Log.Error, $"the application's answer is {exchange->LengthLeft} bytes shorter than its Content-Length; the connection is cut\n");
            if (exchange->Phase == Phase.Started)
            {
                AppendHead(exchange, default);
            }
            Exchanges.Finish(exchange, now);
            Outbox.Append(FrameType.Failed, FrameFlags.None, 500, stream, ran, default, now);
        }
        else if (exchange->Phase == Phase.Started)
        {
            AppendHead(exchange, default, FrameFlags.End, now);
        }
        else
        {
            Exchanges.Finish(exchange, now);
            if (!Outbox.TryEnd(stream, ran))
            {
                Outbox.Append(FrameType.ResponseEnd, FrameFlags.None, 0, stream, ran, default, now);
            }
        }
        SendIfOld(now);
        return true;
    }

    /// <summary>The application failed: a 500 when nothing was sent, a cut connection otherwise.</summary>
    internal static void Fail(Exchange* exchange)
    {
        LogStream.Finish(exchange);
        var now = Libc.Now();
        var stream = exchange->Stream;
        var ran = exchange->RanFor(now);
        Exchanges.Finish(exchange, now);
        Outbox.Append(FrameType.Failed, FrameFlags.None, 500, stream, ran, default, now);
        SendIfOld(now);
    }

    /// <summary>The body is a range of a file whose descriptor was passed.</summary>
    internal static void SendFileFrame(Exchange* exchange, long offset, long count)
    {
        if (exchange->Phase == Phase.Started)
        {
            AppendHead(exchange, default);
        }
        Span<byte> range = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(range, offset);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(range[8..], count);
        Outbox.Append(FrameType.ResponseFile, FrameFlags.None, 0, exchange->Stream, 0, range);
        exchange->LengthLeft -= count;
    }

    /// <summary>Cuts off what the Content-Length leaves no room for.</summary>
    private static ReadOnlySpan<byte> Bound(Exchange* exchange, ReadOnlySpan<byte> body)
    {
        if (!exchange->HasLength)
        {
            return body;
        }
        if (body.Length > exchange->LengthLeft)
        {
            if (!exchange->ToldOverlong)
            {
                exchange->ToldOverlong = true;
                Log.Write(exchange->Stream, Log.Error, "the application's answer is longer than its Content-Length; the rest is cut off\n");
            }
            body = body[..(int)exchange->LengthLeft];
        }
        exchange->LengthLeft -= body.Length;
        return body;
    }

    private static bool TryMeasure(PyObject* result, bool isList, out long total)
    {
        total = 0;
        for (nint i = 0; i < result->Size; i++)
        {
            var item = isList ? Api.PyList_GetItem(result, i) : Api.PyTuple_GetItem(result, i);
            if (!PyText.IsBytes(item))
            {
                return false;
            }
            total += item->Size;
        }
        return true;
    }

    private static void SendWhole(Exchange* exchange, PyObject* result, bool isList, int total)
    {
        LogStream.Finish(exchange);
        var now = Libc.Now();
        var stream = exchange->Stream;
        var isLaid = LaidBodies.TryTake(total, out var offset, out var to);
        var size = Wire.HeaderSize + exchange->Head.Length + (isLaid ? SharedBodies.PlaceSize : total);
        var frame = Outbox.Begin(size);
        new FrameHeader(size, FrameType.Response, isLaid ? FrameFlags.End | FrameFlags.BodyInMemory : FrameFlags.End, 0, stream,
            exchange->RanFor(now)).Write(frame);
        frame = frame[Wire.HeaderSize..];
        exchange->Head.Written.CopyTo(frame);
        frame = frame[exchange->Head.Length..];
        if (isLaid)
        {
            LaidBodies.WritePlace(frame, offset, total);
            Outbox.CountLaid(total);
        }
        else
        {
            to = frame;
        }
        for (nint i = 0; i < result->Size; i++)
        {
            var body = PyText.BytesOf(isList ? Api.PyList_GetItem(result, i) : Api.PyTuple_GetItem(result, i));
            body.CopyTo(to);
            to = to[body.Length..];
        }
        Exchanges.Finish(exchange, now);
        Outbox.Commit(size, stream, now);
        SendIfOld(now);
    }

    /// <summary>The head and the start of the body in one frame.</summary>
    private static void AppendHead(Exchange* exchange, ReadOnlySpan<byte> body, FrameFlags flags = FrameFlags.None, long now = 0)
    {
        var stream = exchange->Stream;
        var size = Wire.HeaderSize + exchange->Head.Length + body.Length;
        var ends = flags.HasFlag(FrameFlags.End);
        if (exchange->NoBody)
        {
            flags |= FrameFlags.NoBody;
        }
        now = now == 0 ? Libc.Now() : now;
        var frame = Outbox.Begin(size);
        new FrameHeader(size, FrameType.Response, flags, 0, stream, ends ? exchange->RanFor(now) : 0).Write(frame);
        exchange->Head.Written.CopyTo(frame[Wire.HeaderSize..]);
        body.CopyTo(frame[(Wire.HeaderSize + exchange->Head.Length)..]);
        exchange->Phase = Phase.HeadSent;
        if (ends)
        {
            Exchanges.Finish(exchange, now);
        }
        Outbox.Commit(size, stream, now);
    }

    private static void Copy(Exchange* exchange, ReadOnlySpan<byte> body)
    {
        if (exchange->IsAbandoned || body.IsEmpty)
        {
            return;
        }
        Interlocked.Add(ref exchange->Credit, -body.Length);
        if (exchange->Phase == Phase.Started)
        {
            AppendHead(exchange, body);
        }
        else if (!Outbox.TryExtend(exchange->Stream, body))
        {
            Outbox.Append(FrameType.ResponseBody, FrameFlags.None, 0, exchange->Stream, 0, body);
        }
    }

    private static void SendLarge(Exchange* exchange, ReadOnlySpan<byte> body)
    {
        var sequence = exchange->Sequence;
        while (!body.IsEmpty && !exchange->IsAbandoned)
        {
            var credit = Volatile.Read(ref exchange->Credit);
            if (credit <= 0)
            {
                Waiting.ForCredit(exchange);
                if (exchange->Sequence != sequence || exchange->Phase < Phase.Started)
                {
                    return; // another thread of the application ended it meanwhile
                }
                continue;
            }
            var now = body[..(int)Math.Min(credit, body.Length)];
            var piece = now[..Math.Min(now.Length, Wire.MaxBodyFrame)];
            if (TryLay(exchange, piece))
            {
                now = piece;
                SendIfMuch();
            }
            else if (exchange->Phase == Phase.Started || now.Length <= MaxCopied)
            {
                now = now[..Math.Min(now.Length, MaxCopied)];
                Copy(exchange, now);
                SendIfMuch();
            }
            else
            {
                now = now[..Math.Min(now.Length, FramesAtOnce * Wire.MaxBodyFrame)];
                Interlocked.Add(ref exchange->Credit, -now.Length);
                SendFrames(exchange->Stream, now);
            }
            body = body[now.Length..];
            if (exchange->Sequence != sequence || exchange->Phase < Phase.Started)
            {
                return;
            }
        }
    }

    /// <summary>Lays a piece of the body where the front reads it: a copy, and no wait. False: there is no place, or it is not worth
    /// it.</summary>
    private static bool TryLay(Exchange* exchange, ReadOnlySpan<byte> body)
    {
        if (!LaidBodies.TryTake(body.Length, out var offset, out var place))
        {
            return false;
        }
        body.CopyTo(place);
        SendLaid(exchange, offset, body.Length);
        return true;
    }

    /// <summary>What was laid at a place goes to the front, with the head if that has not gone.</summary>
    internal static void SendLaid(Exchange* exchange, int offset, int length)
    {
        Interlocked.Add(ref exchange->Credit, -length);
        Span<byte> where = stackalloc byte[SharedBodies.PlaceSize];
        LaidBodies.WritePlace(where, offset, length);
        Outbox.CountLaid(length);
        if (exchange->Phase == Phase.Started)
        {
            AppendHead(exchange, where, FrameFlags.BodyInMemory);
        }
        else
        {
            Outbox.Append(FrameType.ResponseBody, FrameFlags.BodyInMemory, 0, exchange->Stream, 0, where);
        }
    }

    private static void SendFrames(uint stream, ReadOnlySpan<byte> body)
    {
        var headers = stackalloc byte[FramesAtOnce * Wire.HeaderSize];
        var vectors = stackalloc Libc.IoVector[FramesAtOnce * 2];
        var count = 0;
        fixed (byte* bytes = body)
        {
            for (var at = 0; at < body.Length; at += Wire.MaxBodyFrame)
            {
                var length = Math.Min(body.Length - at, Wire.MaxBodyFrame);
                var header = headers + (count / 2 * Wire.HeaderSize);
                new FrameHeader(Wire.HeaderSize + length, FrameType.ResponseBody, FrameFlags.None, 0, stream, 0)
                    .Write(new Span<byte>(header, Wire.HeaderSize));
                vectors[count++] = new Libc.IoVector { Base = header, Length = Wire.HeaderSize };
                vectors[count++] = new Libc.IoVector { Base = bytes + at, Length = length };
            }
            var thread = Gil.Release();
            Outbox.SendDirectly(vectors, count);
            Gil.Retake(thread);
        }
    }

    private static void SendIfOld(long now)
    {
        var oldest = Outbox.Oldest;
        if ((oldest != 0 && now - oldest > Outbox.LongestHold) || Outbox.Gathered > Outbox.SendSize)
        {
            Outbox.Send(wait: false);
        }
    }

    private static void SendIfMuch()
    {
        if (Outbox.Gathered > Outbox.SendSize)
        {
            Outbox.Send(wait: false);
            if (Outbox.Waiting > 4 * Outbox.SendSize)
            {
                // The front is slower than the application: wait for it, so that what is kept here is bounded.
                var thread = Gil.Release();
                Outbox.Send(wait: true);
                Gil.Retake(thread);
            }
        }
    }
}
