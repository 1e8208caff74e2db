using System.Collections.Concurrent;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.Extensions.Logging;

namespace Hotplate.Tests.Supervision;

/// <summary>Who may reload when: one after the other, and only another reload refuses one.</summary>
[Trait("starts", "processes")]
public sealed class ReloadTurnTests : IAsyncDisposable
{
    private readonly FakeTime time = new();
    private readonly OutputPump output = new();
    private readonly ConcurrentBag<FarZygote> zygotes = [];
    private readonly HeldLog log = new("generation 1 ends");
    private readonly WorkerPool pool;
    private readonly Supervisor supervisor;
    private FarCode code = FarCode.Sound;

    public ReloadTurnTests()
    {
        var settings = new WorkerSettings { Count = 1, Threads = 1 };
        pool = new WorkerPool(settings, time, log);
        var context = new SupervisionContext
        {
            App = new AppSettings { Target = "app", Directory = "/", Python = "/bin/false" },
            Settings = settings,
            Workforce = new Workforce(settings, free: null),
            Graceful = TimeSpan.FromSeconds(30),
            Files = new WorkerFiles("", ""),
            Pool = pool,
            Output = output,
            WriteOut = static _ => { },
            WriteError = static _ => { },
            StartZygote = (_, _) =>
            {
                var (far, near) = FarZygote.Start(code);
                zygotes.Add(far);
                return near;
            },
            Time = time,
            Log = log,
            History = new ServiceHistory(time),
        };
        supervisor = new Supervisor(context, new ReloadSettings(), TimeSpan.FromSeconds(30), static (_, _) => Task.FromResult(200));
    }

    [Fact]
    public async Task One_that_comes_while_the_generation_before_is_let_go_waits_for_that()
    {
        await ReloadedOnceAsync();
        // The end of the watch, which has the turn while it lets the first generation go: here that takes as long as the test likes.
        var passing = Task.Run(() => PassUntilAsync(() => log.IsHeld), TestContext.Current.CancellationToken);
        await passing.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        var reload = supervisor.ReloadAsync(TestContext.Current.CancellationToken);
        // In vain, when it is right: what would refuse it does so at once.
        Assert.False(reload.IsCompleted);
        log.LetGo();
        await PassUntilAsync(() => reload.IsCompleted);
        Assert.Equal((0, "generation 3 serves"), ((await reload).Code, (await reload).Message));
    }

    [Fact]
    public async Task One_that_comes_during_another_is_refused()
    {
        log.LetGo();
        await ReloadedOnceAsync();
        code = FarCode.Hangs;
        var first = supervisor.ReloadAsync(TestContext.Current.CancellationToken);
        var second = await supervisor.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, second.Code);
        Assert.StartsWith("HP501", second.Message, StringComparison.Ordinal);
        supervisor.Halt();
        await first.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        log.LetGo();
        await supervisor.DisposeAsync();
        foreach (var zygote in zygotes)
        {
            zygote.Kill();
        }
        pool.Dispose();
        output.Dispose();
    }

    private async Task ReloadedOnceAsync()
    {
        supervisor.Start();
        await Patience.UntilAsync(() => pool.Ready == 1, "the first generation serves");
        var reload = supervisor.ReloadAsync(TestContext.Current.CancellationToken);
        await Patience.UntilAsync(() => reload.IsCompleted, "the second generation serves");
        Assert.Equal(0, (await reload).Code);
    }

    /// <summary>A thread that passes the time may be the one that is held.</summary>
    private Task PassUntilAsync(Func<bool> over) => Patience.UntilAsync(
        () =>
        {
            if (!over())
            {
                _ = Task.Run(() => time.Advance(TimeSpan.FromSeconds(1)));
            }
            return over();
        },
        "time has passed");

    /// <summary>Whoever writes a line with these words waits in there until it is let go.</summary>
    private sealed class HeldLog(string words) : ILogger
    {
        private readonly ManualResetEventSlim gate = new();

        internal bool IsHeld { get; private set; }

        internal void LetGo() => gate.Set();

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(words, StringComparison.Ordinal))
            {
                IsHeld = true;
                gate.Wait(Patience.Limit);
            }
        }
    }
}
