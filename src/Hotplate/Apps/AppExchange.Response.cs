using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <content>The response's side: what the worker sends, taken on the channel's thread.</content>
internal sealed partial class AppExchange
{
    private const int CreditStep = Wire.InitialCredit / 4;

    /// <summary>A block of Kestrel's memory pool.</summary>
    private const int KestrelBlock = 4096;

    /// <summary>What is copied into those blocks before a flush tells whether the client takes it: they are memory, and what is spooled
    /// may go to disk.</summary>
    private readonly int mostUntried = (int)Math.Clamp(app.Memory.Limit / 1024, 16 * 1024, 64 * 1024);

    internal override bool OnResponse(Worker from, in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        lock (gate)
        {
            if (IsOver || !IsAt(from, frame.Stream))
            {
                return true;
            }
            if (HasHead && IsFrom(from, frame.Stream))
            {
                return false;
            }
            var reader = new PayloadReader(payload);
            try
            {
                if (HasHead)
                {
                    if (TryContinue(from, frame, reader))
                    {
                        return true;
                    }
                    Failure = RequestFailure.WorkerDied;
                }
                else
                {
                    int? laid = frame.Flags.HasFlag(FrameFlags.BodyInMemory) ? from.BodyOf(frame, payload).Length : null;
                    var verdict = ResponseHeadWriter.Write(ref reader, frame.Flags, laid, response, out var dropped);
                    if (verdict == HeadVerdict.Broken)
                    {
                        ResponseHeadWriter.Undo(response);
                        return false;
                    }
                    if (verdict == HeadVerdict.Good)
                    {
                        TakeHead(from, frame, from.BodyOf(frame, reader.Rest()), dropped);
                        return true;
                    }
                    Failure = RequestFailure.AppFailed;
                    ResponseHeadWriter.Undo(response);
                    app.Notices.ForbiddenHead(this, from.Pid);
                }
            }
            catch (InvalidOperationException)
            {
                // Kestrel refuses a header that we let through, or the body is longer than its Content-Length.
                Failure = RequestFailure.AppFailed;
                if (!HasHead)
                {
                    ResponseHeadWriter.Undo(response);
                }
            }
        }
        CutAt(from, frame.Stream, RequestFailure.AppFailed);
        return true;
    }

    /// <summary>Under the lock.</summary>
    /// <exception cref="InvalidOperationException">The body is longer than its Content-Length.</exception>
    private void TakeHead(Worker from, in FrameHeader frame, ReadOnlySpan<byte> body, string? dropped)
    {
        if (dropped is not null)
        {
            app.Notices.FieldOfConnection(this, dropped);
        }
        if (app.Stopping && !IsStream)
        {
            response.Headers.Connection = "close";
        }
        if (response.ReasonPhrase is { } reason && !System.Text.Ascii.IsValid(reason))
        {
            response.ReasonPhrase = MarkReason?.Invoke(reason);
        }
        // An application may have an id of its own for it.
        if (!response.Headers.ContainsKey("X-Request-Id"))
        {
            response.Headers["X-Request-Id"] = RequestId;
        }
        HasHead = unflushed = true;
        bodyless = frame.Flags.HasFlag(FrameFlags.NoBody);
        promised = bodyless ? -1 : response.Headers.ContentLength ?? -1;
        // What is whole at once, as most are, need not be known again.
        GivenBy(from, frame.Stream, mayContinue: Idempotent && promised >= 0 && !frame.Flags.HasFlag(FrameFlags.End));
        if (!body.IsEmpty && !frame.Flags.HasFlag(FrameFlags.NoBody))
        {
            TryPass(body);
        }
    }

    internal override bool OnBody(Worker from, uint stream, ReadOnlySpan<byte> body)
    {
        lock (gate)
        {
            if (IsOver || !IsAt(from, stream))
            {
                return true;
            }
            if (!IsFrom(from, stream) || fileRange is not null)
            {
                return false;
            }
            try
            {
                if (!TryPass(body))
                {
                    Failure = RequestFailure.WorkerDied;
                }
            }
            catch (InvalidOperationException)
            {
                Failure = RequestFailure.AppFailed;
            }
        }
        if (Failure == RequestFailure.None)
        {
            GiveCredit();
        }
        else
        {
            CutAt(from, stream, RequestFailure.AppFailed);
        }
        return true;
    }

    internal override bool OnFile(Worker from, uint stream, int descriptor, long offset, long count)
    {
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!Libc.IsRegularFile(descriptor))
        {
            file.Dispose();
            return false;
        }
        lock (gate)
        {
            if (IsFrom(from, stream) && fileRange is null && !IsOver && IsAt(from, stream))
            {
                if (passed.Length < before.Length)
                {
                    // A part of what the client has had is in the file, and nobody has looked whether it is the same.
                    Failure = RequestFailure.WorkerDied;
                    file.Dispose();
                    return true;
                }
                fileRange = new FileRange(file, offset, count);
                unflushed = true;
                continuable = false;
                return true;
            }
            file.Dispose();
            return IsOver || !IsAt(from, stream);
        }
    }

    internal override void OnEnd() =>
        End(!HasHead ? RequestFailure.AppFailed : passed.Length < before.Length ? RequestFailure.WorkerDied : RequestFailure.None);

    internal override void OnFailed(RequestFailure failure) => End(failure);

    internal override void OnPause()
    {
        lock (gate)
        {
            if (IsOver || handlerWrites || !unflushed)
            {
                return;
            }
            handlerWrites = true;
        }
        Signal();
    }

    /// <summary>Nothing more is taken: the exchange has ended, or is about to.</summary>
    private bool IsOver => ended || left || Failure != RequestFailure.None;

    /// <summary>Under the lock.</summary>
    private void Take(ReadOnlySpan<byte> body)
    {
        uncredited += body.Length;
        if (!handlerWrites && spool.IsEmpty && BytesSent - flushedTo < mostUntried)
        {
            Copy(body);
            unflushed = true;
            return;
        }
        spool.Append(body);
        unflushed |= !handlerWrites;
        if (spool.WantsDisk && !spool.Moving)
        {
            spool.StartMoving();
            mover = Task.Run(MoveToDiskAsync);
        }
    }

    /// <summary>Copies into Kestrel's buffers. A size is asked for each time: before the head is out, Kestrel gives an empty span to who names none.</summary>
    /// <exception cref="InvalidOperationException">More than the response's Content-Length.</exception>
    private void Copy(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var to = writer.GetSpan(Math.Min(body.Length, KestrelBlock));
            var piece = body[..Math.Min(body.Length, to.Length)];
            piece.CopyTo(to);
            writer.Advance(piece.Length);
            body = body[piece.Length..];
            BytesSent += piece.Length;
        }
    }

    /// <summary>Tells the worker that it may send more, in steps, as long as there is room for it.</summary>
    private void GiveCredit()
    {
        uint credit;
        Worker? to;
        uint stream;
        lock (gate)
        {
            if (IsOver || uncredited < CreditStep || !spool.HasRoom || !IsFrom(Worker, Stream))
            {
                return;
            }
            credit = (uint)uncredited;
            uncredited = 0;
            to = Worker;
            stream = Stream;
        }
        to?.SendControl(FrameType.ResponseCredit, stream, credit);
    }
}
