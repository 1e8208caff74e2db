using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using Hotplate.Channel;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>One request of a client and the answer it gets, between Kestrel and the worker app.Pool. Reused by its connection.</summary>
/// <remarks>
/// The response has one writer at a time. While the handler waits, the channel's thread writes into Kestrel's buffers directly, so that an
/// ordinary answer is copied once and sent in one call; when something is to be flushed, the handler takes over until it waits again, and
/// what arrives meanwhile is spooled.
/// </remarks>
internal sealed class AppExchange(AppHandler app) : Exchange, IValueTaskSource
{
    private const int CreditStep = Wire.InitialCredit / 4;

    /// <summary>A block of Kestrel's memory app.Pool.</summary>
    private const int KestrelBlock = 4096;
    private readonly Lock gate = new();
    private readonly ResponseSpool spool = new(app.Http.SpoolThreshold, app.Http.MaxResponseSpool, app.Spool, app.Memory);
    private ManualResetValueTaskSourceCore<bool> wake;
    private IHttpResponseFeature response = null!;
    private PipeWriter writer = null!;
    private bool handlerWrites;
    private bool unflushed;
    private bool flushed;
    private bool ended;
    private bool spooling;
    private long uncredited;
    private (SafeFileHandle File, long Offset, long Count)? fileRange;

    /// <summary>The request's payload as it goes over the wire, but for the body.</summary>
    internal RequestEncoder Head { get; } = new();

    internal RequestBody Body { get; } = new(app.Http, app.Spool, app.Memory);

    /// <summary>The id under which the log and the error pages know it.</summary>
    internal string RequestId { get; set; } = "";

    /// <summary>May run again after its worker died: the method is idempotent (RFC 9110 §9.2.2) and replay is on.</summary>
    internal bool Idempotent { get; set; }

    /// <summary>Why there was no answer, or the answer was cut short.</summary>
    internal RequestFailure Failure { get; set; }

    /// <summary>The status and headers came and are in Kestrel's hands.</summary>
    internal bool HasHead { get; private set; }

    /// <summary>Bytes of body that were given to the client.</summary>
    internal long BytesSent { get; private set; }

    /// <summary>The body when it goes over as it arrives; null when it was buffered.</summary>
    internal StreamedRequestBody? Streamed { get; set; }

    internal override bool MayMove => Streamed is null;

    internal override int RequestSize => Wire.HeaderSize + Head.Length + InMemoryBodySize;

    internal override bool MayRunAgain => Idempotent && !HasHead && Attempts < 3 && Streamed is not { Started: true };

    private int InMemoryBodySize
    {
        get
        {
            var length = Body.File is null ? (int)Body.Length : 0;
            return length + (length > Wire.MaxInlineBody ? Wire.HeaderSize * (1 + (length / Wire.MaxBodyFrame)) : 0);
        }
    }

    /// <summary>Gets the answer of a worker into <paramref name="to"/>. When it returns, see <see cref="Failure"/> and <see cref="HasHead"/>.</summary>
    internal async ValueTask RunAsync(IHttpResponseFeature to, PipeWriter body)
    {
        response = to;
        writer = body;
        handlerWrites = unflushed = flushed = ended = HasHead = false;
        Failure = RequestFailure.None;
        uncredited = BytesSent = 0;
        wake.Reset();
        app.Pool.Submit(this);
        while (true)
        {
            await new ValueTask(this, wake.Version);
            if (!await HandOverAsync())
            {
                break;
            }
        }
        if (Streamed is not null)
        {
            await Streamed.StopAsync();
            Streamed.Dispose();
            Streamed = null;
        }
        Body.Dispose();
        if (fileRange is not null || !spool.IsEmpty)
        {
            Forget();
        }
    }

    /// <summary>The client left. Nothing it would have got is kept; its worker is told.</summary>
    /// <param name="evenUnanswered">Also when the answer has not begun: the client said so, and did not merely close its sending side.</param>
    internal void ClientLeft(bool evenUnanswered)
    {
        lock (gate)
        {
            if (ended || (!evenUnanswered && !HasHead && State != ExchangeState.Waiting))
            {
                return;
            }
        }
        if (app.Pool.Abandon(this))
        {
            OnFailed(RequestFailure.ClientLeft);
        }
    }

    internal override int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags)
    {
        var length = Wire.HeaderSize + Head.Length;
        Head.Payload.CopyTo(to[Wire.HeaderSize..]);
        if (Streamed is not null)
        {
            new FrameHeader(length, FrameType.Request, flags | FrameFlags.BodyStreams, slot, stream, sequence).Write(to);
            Streamed.Start(Worker!, stream);
            return length;
        }
        if (Body.File is not null)
        {
            new FrameHeader(length, FrameType.Request, flags | FrameFlags.BodyInFile | FrameFlags.End, slot, stream, sequence).Write(to);
            return length;
        }
        var body = Body.Memory.Span;
        if (body.Length <= Wire.MaxInlineBody)
        {
            body.CopyTo(to[length..]);
            length += body.Length;
            new FrameHeader(length, FrameType.Request, flags | FrameFlags.End, slot, stream, sequence).Write(to);
            return length;
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

    internal override bool PassDescriptor(Worker worker, uint stream)
    {
        if (Body.File is not { } file)
        {
            return true;
        }
        // Opened anew for every attempt: descriptors that are only duplicates share one offset, which would spoil a second run.
        var fd = Libc.open($"/proc/self/fd/{file.DangerousGetHandle()}", Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return false;
        }
        var passed = worker.PassDescriptor(stream, fd);
        _ = Libc.close(fd);
        return passed;
    }

    internal override bool OnResponse(ReadOnlySpan<byte> payload, FrameFlags flags)
    {
        if (HasHead)
        {
            return false;
        }
        var reader = new PayloadReader(payload);
        try
        {
            if (!ResponseHeadWriter.TryWrite(ref reader, flags, response))
            {
                return false;
            }
        }
        catch (InvalidOperationException)
        {
            // Kestrel refuses a header name or value that we let through.
            return false;
        }
        if (app.Stopping)
        {
            response.Headers.Connection = "close";
        }
        response.Headers["X-Request-Id"] = RequestId;
        HasHead = unflushed = true;
        var body = reader.Rest();
        if (!body.IsEmpty && !flags.HasFlag(FrameFlags.NoBody))
        {
            OnBody(body);
        }
        return true;
    }

    internal override void OnBody(ReadOnlySpan<byte> body)
    {
        lock (gate)
        {
            if (ended)
            {
                return;
            }
            if (!handlerWrites)
            {
                WriteNow(body);
                return;
            }
            spool.Append(body);
            uncredited += body.Length;
            if (spool.WantsDisk && !spooling)
            {
                spooling = true;
                ThreadPool.UnsafeQueueUserWorkItem(static me => _ = me.MoveToDiskAsync(), this, preferLocal: false);
            }
        }
        GiveCredit();
    }

    internal override void OnFile(int descriptor, long offset, long count)
    {
        lock (gate)
        {
            fileRange = (new SafeFileHandle(descriptor, ownsHandle: true), offset, count);
        }
    }

    internal override void OnRequestCredit(uint bytes) => Streamed?.AddCredit(bytes);

    internal override void OnEnd() => End(RequestFailure.None);

    internal override void OnFailed(RequestFailure failure) => End(failure);

    internal override void OnPause()
    {
        lock (gate)
        {
            if (ended || handlerWrites || !unflushed)
            {
                return;
            }
            handlerWrites = true;
        }
        Signal();
    }

    void IValueTaskSource.GetResult(short token) => wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);

    private void End(RequestFailure failure)
    {
        bool signal;
        lock (gate)
        {
            if (ended)
            {
                return;
            }
            ended = true;
            Failure = failure;
            signal = !handlerWrites;
            handlerWrites = true;
        }
        if (signal)
        {
            Signal();
        }
    }

    private void Signal() => wake.SetResult(true);

    private void WriteNow(ReadOnlySpan<byte> body)
    {
        try
        {
            Copy(body);
            unflushed = true;
            uncredited += body.Length;
        }
        catch (InvalidOperationException)
        {
            // More than its Content-Length: the worker lied about it, or Kestrel has let the connection go.
            ended = true;
            Failure = RequestFailure.AppFailed;
        }
    }

    /// <summary>Copies into Kestrel's buffers. A size is asked for each time: before the head is out, Kestrel gives an empty span to who names none.</summary>
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

    /// <summary>Gives the client what there is. False: the exchange is over.</summary>
    private async ValueTask<bool> HandOverAsync()
    {
        while (true)
        {
            bool last;
            lock (gate)
            {
                if (ended && Failure != RequestFailure.None)
                {
                    return false;
                }
                last = ended && spool.IsEmpty && fileRange is null;
            }
            if (last)
            {
                // Kestrel sends the rest by itself when nothing was sent before or the answer is chunked, but not to fill a Content-Length.
                if (flushed && unflushed)
                {
                    await writer.FlushAsync();
                }
                return false;
            }
            if (!await DrainSpoolAsync() || !await SendFileAsync())
            {
                Leave();
                return false;
            }
            unflushed = false;
            flushed = true;
            var flush = await writer.FlushAsync();
            if (flush.IsCompleted || flush.IsCanceled)
            {
                Leave();
                return false;
            }
            GiveCredit();
            lock (gate)
            {
                if (!spool.IsEmpty || fileRange is not null || spooling)
                {
                    continue;
                }
                if (ended)
                {
                    return false;
                }
                // Before the channel's thread may signal again, so that no signal is lost.
                wake.Reset();
                handlerWrites = false;
                return true;
            }
        }
    }

    private async ValueTask<bool> DrainSpoolAsync()
    {
        while (true)
        {
            byte[] buffer;
            int length;
            (SafeFileHandle? File, long Offset, int Count) disk;
            lock (gate)
            {
                if (ended && Failure != RequestFailure.None)
                {
                    return true;
                }
                disk = spool.OnDisk(Wire.MaxBodyFrame);
                buffer = [];
                length = 0;
                if (disk.Count == 0 && (spooling || !spool.TryTake(out buffer, out length)))
                {
                    if (!spooling)
                    {
                        return true;
                    }
                }
            }
            if (disk.Count > 0)
            {
                var memory = writer.GetMemory(disk.Count)[..disk.Count];
                var read = await RandomAccess.ReadAsync(disk.File!, memory, disk.Offset);
                if (read == 0)
                {
                    return false;
                }
                writer.Advance(read);
                BytesSent += read;
                lock (gate)
                {
                    spool.ReadFromDisk(read);
                }
            }
            else if (length > 0)
            {
                Copy(buffer.AsSpan(0, length));
                ArrayPool<byte>.Shared.Return(buffer);
            }
            else
            {
                await Task.Yield();
                continue;
            }
            var flush = await writer.FlushAsync();
            if (flush.IsCompleted || flush.IsCanceled)
            {
                return false;
            }
            GiveCredit();
        }
    }

    private async ValueTask<bool> SendFileAsync()
    {
        if (fileRange is not { } range)
        {
            return true;
        }
        var (file, offset, left) = range;
        while (left > 0)
        {
            var memory = writer.GetMemory(Wire.MaxBodyFrame);
            var read = await RandomAccess.ReadAsync(file, memory[..(int)Math.Min(memory.Length, left)], offset);
            if (read == 0)
            {
                // The file was shortened meanwhile: the length that was promised cannot be kept.
                Failure = RequestFailure.AppFailed;
                break;
            }
            writer.Advance(read);
            BytesSent += read;
            offset += read;
            left -= read;
            var flush = await writer.FlushAsync();
            if (flush.IsCompleted || flush.IsCanceled)
            {
                return false;
            }
        }
        file.Dispose();
        lock (gate)
        {
            fileRange = null;
        }
        return true;
    }

    private async Task MoveToDiskAsync()
    {
        try
        {
            while (true)
            {
                byte[] buffer;
                int length;
                lock (gate)
                {
                    if (ended && Failure != RequestFailure.None || !spool.TryTakeForDisk(out buffer, out length))
                    {
                        spooling = false;
                        return;
                    }
                }
                await spool.WriteToDiskAsync(buffer.AsMemory(0, length));
                ArrayPool<byte>.Shared.Return(buffer);
                lock (gate)
                {
                    spool.WroteToDisk(length);
                }
                GiveCredit();
            }
        }
        catch (IOException)
        {
            // The piece is lost, and with it the answer.
            lock (gate)
            {
                spooling = false;
                ended = true;
                Failure = RequestFailure.NoSpace;
            }
            app.Pool.Abandon(this);
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
            if (ended || uncredited < CreditStep || !spool.HasRoom)
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

    /// <summary>The client left while it was being written to.</summary>
    private void Leave()
    {
        lock (gate)
        {
            ended = true;
            if (Failure == RequestFailure.None)
            {
                Failure = RequestFailure.ClientLeft;
            }
        }
        app.Pool.Abandon(this);
    }

    private void Forget()
    {
        lock (gate)
        {
            spool.Clear();
            fileRange?.File.Dispose();
            fileRange = null;
        }
    }
}
