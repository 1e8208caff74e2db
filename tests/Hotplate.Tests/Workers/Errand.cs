using System.Buffers.Binary;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;
using PoolWorker = Hotplate.Workers.Worker;

namespace Hotplate.Tests.Workers;

/// <summary>An exchange without HTTP: its request is a number, and the answer to it must be the same number.</summary>
internal sealed class Errand(int number, string path = "/") : Exchange
{
    private readonly TaskCompletionSource<RequestFailure> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? beforeWriting;
    private Action? whileWriting;
    private int ends;

    /// <summary>Completes when the pool ends it: None when it was answered.</summary>
    internal Task<RequestFailure> Ended => ended.Task;

    /// <summary>How often it ended.</summary>
    internal int Ends => Volatile.Read(ref ends);

    internal int Number { get; } = number;

    internal bool Idempotent { get; init; }

    internal bool HasHead { get; private set; }

    internal List<byte> Body { get; } = [];

    /// <summary>Runs once, while it has a worker but was not written to its channel yet.</summary>
    internal Action? BeforeWriting { init => beforeWriting = value; }

    /// <summary>Runs once, while it is being written, under the channel's lock.</summary>
    internal Action? WhileWriting { init => whileWriting = value; }

    internal DescriptorPass Passes { get; set; }

    internal override string RouteName => RoutePredictor.NameOf("GET", System.Text.Encoding.ASCII.GetBytes(path));

    internal override bool MayMove => true;

    internal override bool MayRunAgain => Idempotent && !HasHead && Deaths < 3;

    /// <summary>How large it says that it is; written is the number alone.</summary>
    internal int Claims { get; init; } = Wire.HeaderSize + 4;

    internal override int RequestSize => Claims;

    /// <summary>So many bytes are its body's.</summary>
    internal int Large { get; init; }

    internal override int LargeBody => Large;

    internal override void WriteBody(Span<byte> to) => to.Fill((byte)Number);

    internal Errand SubmitTo(WorkerPool pool)
    {
        Route = RoutePredictor.RouteOf("GET", System.Text.Encoding.ASCII.GetBytes(path));
        pool.Submit(this);
        return this;
    }

    internal void Leave(WorkerPool pool)
    {
        if (pool.Abandon(this))
        {
            OnFailed(RequestFailure.ClientLeft);
        }
    }

    internal override int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags)
    {
        Interlocked.Exchange(ref whileWriting, null)?.Invoke();
        new FrameHeader(Wire.HeaderSize + 4, FrameType.Request, flags | FrameFlags.End, slot, stream, sequence).Write(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[Wire.HeaderSize..], Number);
        return Wire.HeaderSize + 4;
    }

    internal override DescriptorPass PassDescriptor(PoolWorker worker, uint stream)
    {
        Interlocked.Exchange(ref beforeWriting, null)?.Invoke();
        return Passes;
    }

    internal override void OnSent(PoolWorker worker, uint stream)
    {
    }

    internal override bool OnResponse(PoolWorker from, in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        if (HasHead || !ResponseHead.TryRead(ref reader, out _))
        {
            return false;
        }
        HasHead = true;
        Body.AddRange(reader.Rest());
        return true;
    }

    internal override bool OnBody(PoolWorker from, uint stream, ReadOnlySpan<byte> body)
    {
        Body.AddRange(body);
        return true;
    }

    internal override bool OnFile(PoolWorker from, uint stream, int descriptor, long offset, long count)
    {
        _ = Libc.close(descriptor);
        return true;
    }

    internal override void OnRequestCredit(PoolWorker from, uint stream, uint bytes)
    {
    }

    internal override void OnEnd() => End(RequestFailure.None);

    internal override void OnFailed(RequestFailure failure) => End(failure);

    internal override void OnPause()
    {
    }

    private void End(RequestFailure failure)
    {
        Interlocked.Increment(ref ends);
        if (failure == RequestFailure.None && (Body.Count != 4 || BinaryPrimitives.ReadInt32LittleEndian(Body.ToArray()) != Number))
        {
            ended.TrySetException(new InvalidOperationException($"errand {Number} got the answer of another"));
            return;
        }
        ended.TrySetResult(failure);
    }
}
