using System.Text.Json;

namespace Hotplate.Tests.Worker;

/// <summary>Whatever the worker takes from Python it gives back, on every path.</summary>
public class ReferenceTests
{
    private const int Times = 1000;

    private static readonly string[] s_paths =
    [
        "/list", "/tuple", "/generator", "/closing", "/write", "/empty", "/none", "/raise", "/late", "/replaced", "/reraised", "/twice", "/str",
        "/header?name=X-Own&value=1", "/header?name=X-Own&value=%E9", "/header?name=X%20Own&value=1", "/header?name=X-Own&value=%0A", "/header?name=TE&value=1",
        "/length?n=13", "/length?n=5", "/length?n=20", "/length?n=x", "/small", "/large", "/bytesio", "/errors", "/stored", "/big?mb=1",
    ];

    public static TheoryData<string> All => [.. Pythons.Found];

    [Theory, MemberData(nameof(All))]
    public void A_thousand_requests_of_every_path_leave_nothing_behind(string python)
    {
        using var far = FarEnd.Start("gateway", python: python, threads: 2);
        var worker = far.SpawnReady();
        RunAll(worker, 300); // the caches fill: header names, ports
        var before = Measure(worker);
        RunAll(worker, Times);
        var after = Measure(worker);
        // A leak of one object a request would be at least Times on one of these; caches may still move by a few.
        Assert.InRange(after.Blocks - before.Blocks, -Times / 2, Times / 2);
        Assert.InRange(after.Objects - before.Objects, -Times / 2, Times / 4);
        Assert.InRange(after.Descriptors - before.Descriptors, -2, 2);
        Assert.InRange(after.Resident - before.Resident, long.MinValue, 6 << 20);
        foreach (var (name, count) in before.References)
        {
            Assert.True(Math.Abs(after.References[name] - count) < Times / 4, $"references of {name}: {count}, then {after.References[name]}");
        }
    }

    private static void RunAll(FarWorker worker, int times)
    {
        var body = new byte[100];
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, body);
        using var file = File.OpenHandle(path);
        File.Delete(path);
        for (var i = 0; i < times; i++)
        {
            foreach (var target in s_paths)
            {
                // The large one is many times the others, and what it could leak a hundred times show as well.
                if (!target.StartsWith("/big", StringComparison.Ordinal) || i % 10 == 0)
                {
                    worker.Get(target);
                }
            }
            worker.Ask(new FarRequest { Method = "HEAD", Target = "/generator" });
            worker.Ask(new FarRequest { Method = "MKCOL", Target = "/list?" + i, Headers = [("HTTP_COOKIE", "n=" + i), ("X_" + i, "1"), ("HTTP_ACCEPT", "a"), ("HTTP_ACCEPT", "b")] });
            worker.Ask(new FarRequest { Method = "POST", Target = "/body", Body = body });
            worker.Ask(new FarRequest { Method = "POST", Target = "/body", BodyFile = file });
            var stream = worker.Send(new FarRequest { Method = "POST", Target = i % 2 == 0 ? "/body" : "/part", BodyFollows = true });
            worker.Send(Hotplate.Channel.FrameType.RequestBody, Hotplate.Channel.FrameFlags.End, stream: stream, payload: body);
            worker.Answer(stream);
            stream = worker.Send(new FarRequest { Target = "/generator" });
            worker.Send(Hotplate.Channel.FrameType.Abandon, stream: stream);
            worker.Answer(stream);
            worker.Log.Clear();
        }
    }

    private static Measured Measure(FarWorker worker)
    {
        var said = JsonDocument.Parse(worker.Get("/measure").Body).RootElement;
        long Number(string name) => said.GetProperty(name).GetInt64();
        return new Measured(
            Number("blocks"), Number("objects"), Number("resident"), Number("descriptors"),
            said.GetProperty("references").EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetInt64()));
    }

    private sealed record Measured(long Blocks, long Objects, long Resident, long Descriptors, IReadOnlyDictionary<string, long> References);
}
