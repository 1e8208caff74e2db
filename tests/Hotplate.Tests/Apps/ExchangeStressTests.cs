using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Apps;

/// <summary>Many connections that reuse their exchange, many threads, workers that die, clients that leave: nobody ever gets the answer of another.</summary>
public sealed class ExchangeStressTests : IDisposable
{
    private const int Connections = 24;
    private const int RequestsEach = 400;
    private const int Workers = 3;
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(10);
    private readonly WorkerPool pool = new(new WorkerSettings { MaxQueueTime = Forever }, TimeProvider.System, NullLogger.Instance);
    private readonly SpoolDirectory spool = new(Path.GetTempPath(), 1 << 30);
    private readonly ClientMemory memory = new(1 << 30);
    private readonly CancellationTokenSource done = new();
    private int lastWorker;

    public void Dispose()
    {
        pool.Dispose();
        done.Dispose();
    }

    [Fact]
    public async Task Nobody_gets_the_answer_of_another()
    {
        var http = new HttpSettings { SpoolThreshold = 16 * 1024 };
        var app = new AppHandler(new AppSettings { Target = "none", Directory = "/", Python = "none" }, http, pool, spool, memory);
        var workers = Enumerable.Range(1, Workers).Select(seed => Task.Run(() => WorkAsync(seed), TestContext.Current.CancellationToken)).ToArray();

        var outcomes = await Task.WhenAll(Enumerable.Range(1, Connections).Select(seed => Task.Run(() => AskAsync(app, seed), TestContext.Current.CancellationToken)));
        await Patience.UntilAsync(() => pool.InFlight == 0, "nothing is in flight");
        await done.CancelAsync();
        await Task.WhenAll(workers);

        Assert.Equal((0, 0L, 0L), (pool.Waiting, spool.Used, memory.Used));
        var all = outcomes.SelectMany(static outcome => outcome).CountBy(static failure => failure).ToDictionary();
        Assert.Equal(Connections * RequestsEach, all.Values.Sum());
        Assert.True(all[RequestFailure.None] > Connections * RequestsEach / 2, string.Join(", ", all));
        Assert.Empty(all.Keys.Except([RequestFailure.None, RequestFailure.ClientLeft, RequestFailure.WorkerDied, RequestFailure.AppFailed]));
    }

    /// <summary>One connection: a request after another, read slowly or quickly, or left.</summary>
    private static async Task<List<RequestFailure>> AskAsync(AppHandler app, int seed)
    {
        var random = new Random(seed);
        var exchange = app.NewExchange();
        var outcomes = new List<RequestFailure>();
        for (var i = 0; i < RequestsEach; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{seed}-{i}");
            var size = random.Next(10) switch { 0 => 200_000, < 4 => 20_000, _ => 100 };
            Prepare(exchange, name, size, idempotent: random.Next(2) == 0);
            var response = new HttpResponseFeature();
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048, useSynchronizationContext: false));
            var leaves = random.Next(8) == 0;
            var reading = ReadAsync(pipe.Reader, random.Next(3) == 0, leaves ? random.Next(size) : int.MaxValue);
            var leaving = leaves ? LeaveAsync(exchange, random.Next(3)) : Task.CompletedTask;
            await exchange.RunAsync(response, pipe.Writer);
            await leaving;
            await pipe.Writer.CompleteAsync();
            var body = await reading;
            var failure = exchange.Failure;
            if (failure == RequestFailure.None && !leaves)
            {
                Assert.Equal(name, response.Headers["X-Name"]);
                Assert.Equal(Body(name, size), body);
            }
            else
            {
                // Not one byte of anybody else's, even of an answer that was cut.
                Assert.StartsWith(body, Body(name, size), StringComparison.Ordinal);
            }
            outcomes.Add(leaves && failure == RequestFailure.None ? RequestFailure.ClientLeft : failure);
        }
        return outcomes;
    }

    private static void Prepare(AppExchange exchange, string name, int size, bool idempotent)
    {
        exchange.Idempotent = idempotent;
        exchange.Route = (ulong)size;
        exchange.RequestId = name;
        exchange.Head.Begin(new RequestLine { Method = "GET", ContentLength = -1, Target = "/" + name, QueryStart = Wire.NoQuery, Path = Encoding.ASCII.GetBytes("/" + name) });
        exchange.Head.Header("X-Size", size.ToString(CultureInfo.InvariantCulture));
        exchange.Head.End();
    }

    private static async Task LeaveAsync(AppExchange exchange, int when)
    {
        await Task.Yield();
        if (when > 0)
        {
            await Task.Delay(when);
        }
        exchange.ClientLeft();
    }

    private static async Task<string> ReadAsync(PipeReader reader, bool slow, int enough)
    {
        var body = new StringBuilder();
        while (true)
        {
            var result = await reader.ReadAsync();
            body.Append(Encoding.ASCII.GetString(result.Buffer.ToArray()));
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || body.Length > enough)
            {
                await reader.CompleteAsync();
                return body.ToString();
            }
            if (slow)
            {
                await Task.Delay(1);
            }
        }
    }

    private static string Body(string name, int size)
    {
        var body = new StringBuilder(size + name.Length);
        while (body.Length < size)
        {
            body.Append(name).Append(' ');
        }
        return body.ToString(0, size);
    }

    /// <summary>One place for a worker: runs requests, dies now and then, and is there again.</summary>
    private async Task WorkAsync(int seed)
    {
        var random = new Random(seed * 1000);
        while (!done.IsCancellationRequested)
        {
            using var end = await FarEnd.JoinAsync(pool, TimeProvider.System, slots: 32, id: Interlocked.Increment(ref lastWorker));
            if (random.Next(2) == 0)
            {
                end.Send(FrameType.Credit, 0, (uint)random.Next(1, 6));
            }
            var requests = new Queue<FarFrame>();
            var lives = random.Next(50, 2_000);
            while (lives > 0 && !done.IsCancellationRequested)
            {
                foreach (var frame in end.All().Where(static frame => frame.Header.Type == FrameType.Request))
                {
                    requests.Enqueue(frame);
                }
                if (!requests.TryDequeue(out var request))
                {
                    await Task.Delay(1);
                    continue;
                }
                lives--;
                if (end.TryTake(request))
                {
                    if (random.Next(100) == 0)
                    {
                        await Task.Delay(4);
                    }
                    if (lives > 0)
                    {
                        Answer(end, request, random);
                    }
                }
            }
        }
    }

    private static void Answer(FarEnd end, FarFrame request, Random random)
    {
        var reader = new PayloadReader(request.Payload);
        Assert.True(RequestHead.TryRead(ref reader, out var head));
        Assert.True(RequestHead.TryReadHeader(ref reader, out _, out _, out var size));
        var name = Encoding.ASCII.GetString(head.Path[1..]);
        var body = Encoding.ASCII.GetBytes(Body(name, int.Parse(size, CultureInfo.InvariantCulture)));
        var begun = FarEnd.Head(200, ("X-Name", name));
        var stream = request.Header.Stream;
        if (body.Length < 1000)
        {
            end.Send(FrameType.Response, stream, 60, FrameFlags.End, [.. begun, .. body]);
            return;
        }
        end.Send(FrameType.Response, stream, 0, FrameFlags.None, begun);
        for (var at = 0; at < body.Length;)
        {
            var piece = body.AsSpan(at, Math.Min(random.Next(1, 60_000), body.Length - at));
            end.Send(FrameType.ResponseBody, stream, 0, FrameFlags.None, piece);
            at += piece.Length;
        }
        end.Send(random.Next(20) == 0 ? FrameType.Failed : FrameType.ResponseEnd, stream, 900);
    }
}
