using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>What a request costs in garbage, over all of the front's threads.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AlonePlease;

[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    private const int Requests = 2_000;
    private const int Rounds = 4;
    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        "GET /hello HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nCookie: session=abcdef\r\n\r\n");

    [Fact]
    public async Task A_GET_costs_the_front_little()
    {
        var debuggable = typeof(WorkerPool).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.SkipWhen(debuggable?.IsJITOptimizerDisabled ?? false, "in a debug build every asynchronous method allocates");
        await using var front = await FrontOfFarEnds.StartAsync();
        var end = front.Ends[0];
        var payload = (byte[])[.. FarEnd.Head(200, ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "13")), .. "Hello, World!"u8];
        var serving = Task.Factory.StartNew(() => end.Serve(Rounds * Requests, payload), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.Connect(IPAddress.Loopback, front.Address.Port);

        // The best of some rounds: what is left over from other tests allocates too.
        Ask(client);
        var least = Enumerable.Range(0, Rounds - 1).Min(_ => Ask(client));

        await serving.OrFail();
        TestContext.Current.TestOutputHelper!.WriteLine($"{least} bytes a request");

        // Half of it is the task that Kestrel must be given, and the request's id.
        Assert.InRange(least, 0, 480);
    }

    /// <summary>Returns the bytes that were allocated for each request meanwhile.</summary>
    private static long Ask(Socket client)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var buffer = new byte[4096];
        for (var i = 0; i < Requests; i++)
        {
            client.Send(Request);
            var read = 0;
            while (!buffer.AsSpan(0, read).EndsWith("Hello, World!"u8))
            {
                read += client.Receive(buffer, read, buffer.Length - read, SocketFlags.None);
            }
        }
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }
}
