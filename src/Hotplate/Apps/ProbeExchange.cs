using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>A GET that Hotplate itself asks of one certain worker: a warm-up, or the health path.</summary>
internal sealed class ProbeExchange : Exchange
{
    private readonly RequestEncoder head = new();
    private readonly TaskCompletionSource<int> status = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int seen;

    private ProbeExchange(string target)
    {
        RequestId = "probe";
        var mark = target.IndexOf('?');
        var path = System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(mark < 0 ? target : target[..mark]));
        Route = RoutePredictor.RouteOf("GET", path);
        head.Begin(new RequestLine
        {
            Method = "GET",
            Version = Channel.HttpVersion.Http11,
            ServerPort = 80,
            ContentLength = -1,
            Target = target,
            QueryStart = mark < 0 ? Wire.NoQuery : mark + 1,
            Path = path,
            PeerAddress = "127.0.0.1",
            ServerName = "localhost",
            RequestId = RequestId,
        });
        head.Header(RequestHeaders.IdOf("Host"), "localhost");
        head.Header(RequestHeaders.IdOf("User-Agent"), "hotplate-probe");
        head.End();
    }

    internal override int RequestSize => Wire.HeaderSize + head.Length;

    internal override bool MayRunAgain => false;

    internal override bool MayMove => false;

    // Starting has a time limit as a whole: --start-timeout.
    internal override bool IsLimited => false;

    /// <summary>Asks, and returns the status; 0 when there is no answer.</summary>
    /// <param name="giveUp">Then the worker is told that nobody waits any more; its time limit ends what it runs.</param>
    internal static async Task<int> AskAsync(WorkerPool pool, Worker worker, string target, CancellationToken giveUp = default)
    {
        var probe = new ProbeExchange(target);
        pool.SubmitTo(worker, probe);
        await using (giveUp.UnsafeRegister(_ => probe.Leave(pool), null))
        {
            return await probe.status.Task;
        }
    }

    private void Leave(WorkerPool pool)
    {
        if (pool.Abandon(this))
        {
            status.TrySetResult(0);
        }
    }

    internal override int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags)
    {
        head.Payload.CopyTo(to[Wire.HeaderSize..]);
        new FrameHeader(RequestSize, FrameType.Request, flags | FrameFlags.End, slot, stream, sequence).Write(to);
        return RequestSize;
    }

    internal override string RouteName => head.RouteName;

    internal override RequestName Name => head.Name;

    internal override DescriptorPass PassDescriptor(Worker worker, uint stream) => DescriptorPass.Passed;

    internal override void OnSent(Worker worker, uint stream)
    {
    }

    internal override bool OnResponse(Worker from, in FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var whole = ResponseHead.TryRead(ref reader, out var read);
        seen = read.Status;
        return whole;
    }

    internal override bool OnBody(Worker from, uint stream, ReadOnlySpan<byte> body)
    {
        from.SendControl(FrameType.ResponseCredit, stream, (uint)body.Length);
        return true;
    }

    internal override bool OnFile(Worker from, uint stream, int descriptor, long offset, long count)
    {
        _ = Libc.close(descriptor);
        return true;
    }

    internal override void OnRequestCredit(Worker from, uint stream, uint bytes)
    {
    }

    internal override void OnEnd() => status.TrySetResult(seen);

    internal override void OnFailed(RequestFailure failure) => status.TrySetResult(seen == 0 && failure == RequestFailure.AppFailed ? 500 : seen);

    internal override void OnPause()
    {
    }
}
