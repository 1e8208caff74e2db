using System.Text.Json;
using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>An application patched by gevent: one greenlet a request, nothing blocks the hub. In the system's Python, which has gevent.</summary>
public class GeventTests
{
    [Fact]
    public void Requests_overlap_in_one_thread()
    {
        using var far = Start(out var worker);
        Assert.True(ReadyFrame.TryRead(worker.Told[0].Payload, out var ready));
        Assert.Equal("gevent", System.Text.Encoding.ASCII.GetString(ready.Loop));
        var streams = Enumerable.Range(0, 30).Select(_ => worker.Send(new FarRequest { Target = "/sleep?s=0.2" })).ToList();
        var peaks = streams.ConvertAll(stream => JsonDocument.Parse(worker.Answer(stream).Body).RootElement.GetProperty("peak").GetInt32());
        Assert.Equal(30, peaks.Max());
    }

    [Theory]
    [InlineData("/spawn")]
    [InlineData("/socket")]
    [InlineData("/thread")]
    [InlineData("/subprocess")]
    public void What_gevent_patched_works(string path)
    {
        using var far = Start(out var worker);
        Assert.Equal("""{"ok": true}""", worker.Get(path).Body);
    }

    [Fact]
    public void Bodies_and_streams_do_not_block_the_hub()
    {
        using var far = Start(out var worker);
        worker.GivesCredit = false;
        var endless = worker.Send(new FarRequest { Target = "/endless" });
        var slow = worker.Send(new FarRequest { Method = "POST", Target = "/echo", BodyFollows = true });
        Assert.Equal("hello", worker.Get("/").Body);
        worker.Send(FrameType.RequestBody, FrameFlags.End, stream: slow, payload: new byte[5000]);
        Assert.Equal("5000", worker.Answer(slow).Body);
        worker.Send(FrameType.Abandon, stream: endless);
        Assert.Equal(FarEnding.Whole, worker.Answer(endless).Ending);
    }

    [Fact]
    public void It_drains()
    {
        using var far = Start(out var worker);
        var stream = worker.Send(new FarRequest { Target = "/sleep?s=0.1" });
        worker.Send(FrameType.Drain);
        Assert.Equal(FarEnding.Whole, worker.Answer(stream).Ending);
        Assert.Equal(0, far.HearExit());
    }

    private static FarEnd Start(out FarWorker worker)
    {
        var far = FarEnd.Start("gevent_patched", python: "/usr/bin/python3", threads: 64);
        worker = far.SpawnReady(slots: 64);
        return far;
    }
}
