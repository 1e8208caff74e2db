using FsCheck;
using FsCheck.Fluent;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Supervision;

/// <summary>Random walks of the generations of one app: kills, reloads to good and bad code, time-outs. Whatever the order, one serves, and nothing is left behind.</summary>
[Trait("starts", "processes")]
public class GenerationWalkTests
{
    private const int Wanted = 2;

    private enum Move
    {
        Reload,
        ReloadToBroken,
        ReloadToFailing,
        ReloadToHanging,
        KillWorker,
        KillZygote,
        PassTime,
        PassLongTime,
        Settle,
    }

    [Fact]
    public void Whatever_happens_one_generation_serves_with_all_its_workers()
    {
        var moves = Gen.Frequency(
            (20, Gen.Elements(Move.Reload, Move.ReloadToBroken, Move.ReloadToFailing, Move.ReloadToHanging)),
            (20, Gen.Elements(Move.KillWorker, Move.PassTime)),
            (10, Gen.Elements(Move.Settle, Move.PassLongTime)),
            (4, Gen.Constant(Move.KillZygote)));
        var steps = moves.SelectMany(move => Gen.Choose(0, 1000).Select(choice => (move, choice))).ListOf();
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(25).WithEndSize(40).WithReplay(20_26, 11_23),
            Prop.ForAll(steps.ToArbitrary(), walk => Task.Run(() => WalkAsync([.. walk])).GetAwaiter().GetResult()));
    }

    [Fact]
    public async Task A_roll_back_starts_nobody_beside_those_that_rested()
    {
        await using var walk = new Walk();
        await walk.BeginAsync();
        await walk.RollBackAsync();
        await walk.StopAsync();
    }

    private static async Task WalkAsync(IReadOnlyList<(Move Move, int Choice)> steps)
    {
        await using var walk = new Walk();
        await walk.BeginAsync();
        foreach (var (move, choice) in steps)
        {
            await walk.StepAsync(move, choice);
        }
        await walk.SettleAsync();
        await walk.StopAsync();
    }

    private sealed class Walk : IAsyncDisposable
    {
        private readonly FakeTime time = new();
        private readonly OutputPump output = new();
        private readonly List<FarZygote> zygotes = [];
        private readonly WorkerPool pool;
        private readonly Supervisor supervisor;
        private FarCode next = FarCode.Sound;
        private FarCode loaded = FarCode.Sound;
        private Task<ReloadResult>? reload;
        private Generation? before;

        internal Walk()
        {
            pool = new WorkerPool(new WorkerSettings(), time, NullLogger.Instance);
            var settings = new WorkerSettings { Count = Wanted, Threads = 1 };
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
                StartZygote = (_, _) => Start(),
                Time = time,
                Log = NullLogger.Instance,
                History = new ServiceHistory(time),
            };
            supervisor = new Supervisor(context, new ReloadSettings(), TimeSpan.FromSeconds(30), static (_, _) => Task.FromResult(200));
        }

        internal async Task BeginAsync()
        {
            supervisor.Start();
            await SettleAsync();
        }

        internal async Task StepAsync(Move move, int choice)
        {
            switch (move)
            {
                case Move.Reload or Move.ReloadToBroken or Move.ReloadToFailing or Move.ReloadToHanging:
                    await BeginReloadAsync(move switch
                    {
                        Move.Reload => FarCode.Sound,
                        Move.ReloadToBroken => FarCode.Broken,
                        Move.ReloadToFailing => FarCode.WorkersFail,
                        _ => FarCode.Hangs,
                    });
                    break;
                case Move.KillWorker:
                    Alive(choice)?.KillWorker(choice);
                    break;
                case Move.KillZygote:
                    await KillZygoteAsync(choice);
                    break;
                case Move.PassTime or Move.PassLongTime:
                    time.Advance(TimeSpan.FromMilliseconds(move == Move.PassTime ? choice : choice * 100));
                    break;
                default:
                    await SettleAsync();
                    break;
            }
            Assert.Equal(GenerationState.Serving, supervisor.Serving.State);
        }

        /// <summary>A reload that succeeds, and then a worker of the new generation dies within the time in which it is watched.</summary>
        internal async Task RollBackAsync()
        {
            var old = supervisor.Serving;
            var began = old.Workers.Select(static process => process.Id).ToList();
            await BeginReloadAsync(FarCode.Sound);
            await Patience.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromMilliseconds(20));
                    return reload!.IsCompleted;
                },
                "the reload");
            Assert.NotSame(old, supervisor.Serving);
            Alive()[^1].KillWorker(0);
            await Patience.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromMilliseconds(20));
                    return supervisor.Serving == old;
                },
                "the old generation");
            await SettleAsync();
            Assert.Equal(began, old.Workers.Select(static process => process.Id));
        }

        /// <summary>Lets time pass until all is quiet: no reload under way, one generation, and as many workers as are wanted.</summary>
        internal async Task SettleAsync()
        {
            try
            {
                await Patience.UntilAsync(
                    () =>
                    {
                        time.Advance(TimeSpan.FromSeconds(1));
                        return reload is not { IsCompleted: false } && pool.Ready == Wanted && Alive().Count == 1
                            && supervisor.Serving.Workers.Count(static process => process is { WasReady: true, Expected: false }) == Wanted;
                    },
                    "one generation serves");
            }
            catch (Exception)
            {
                Assert.Fail($"never one generation with all its workers: {Describe()}");
            }
            await JudgeAsync();
        }

        internal async Task StopAsync()
        {
            using var patience = new CancellationTokenSource();
            var stopped = supervisor.StopAsync(patience.Token);
            await Patience.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return stopped.IsCompleted;
                },
                "it stops");
            await stopped;
            await Patience.UntilAsync(() => Alive().Count == 0, "nothing is left");
            Assert.Equal(GenerationState.Ended, supervisor.Serving.State);
            Assert.Equal(0, pool.Ready);
        }

        public async ValueTask DisposeAsync()
        {
            await supervisor.DisposeAsync();
            Alive().ForEach(static zygote => zygote.Kill());
            pool.Dispose();
            output.Dispose();
        }

        private string Describe()
        {
            var workers = supervisor.Serving.Workers.Select(static process => $"{process.Id}: {process.Worker.State}, was ready {process.WasReady}, expected {process.Expected}, {process.Leaving}");
            return $"reload {reload?.Status}, {pool.Ready} in the pool, {Alive().Count} zygotes, generation {supervisor.Serving.Number} {supervisor.Serving.State} "
                + $"with zygote {supervisor.Serving.ZygotePid} and {string.Join("; ", workers)}";
        }

        private async Task KillZygoteAsync(int choice)
        {
            if (Alive(choice) is not { } killed || (killed.Pid == supervisor.Serving.ZygotePid && reload is not null))
            {
                // Started again while bad code is about, it would load that.
                return;
            }
            killed.Kill();
            await Patience.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromMilliseconds(100));
                    return supervisor.Serving.ZygotePid is not 0 and var pid && pid != killed.Pid;
                },
                "another zygote");
        }

        private async Task BeginReloadAsync(FarCode code)
        {
            if (reload is { IsCompleted: false })
            {
                var serving = supervisor.Serving;
                var second = await supervisor.ReloadAsync();
                if (second.Code == 1)
                {
                    return;
                }
                // The first was decided as this one was asked for, which then is one by itself: of the same code.
                Assert.True(reload.IsCompleted, second.Message);
                (before, reload) = (second.Code == 0 ? serving : supervisor.Serving, Task.FromResult(second));
                return;
            }
            await JudgeAsync();
            (next, loaded, before) = (code, code, supervisor.Serving);
            reload = supervisor.ReloadAsync();
        }

        /// <summary>What a reload that is over has come to: the exit code says whether it changed anything.</summary>
        private async Task JudgeAsync()
        {
            if (reload is not { IsCompleted: true })
            {
                return;
            }
            var result = await reload;
            reload = null;
            // Workers that are wanted again later find code that loads.
            next = FarCode.Sound;
            Assert.True(result.Code is 0 or 1 or 3 or 4, $"exit code {result.Code}: {result.Message}");
            if (loaded != FarCode.Sound)
            {
                Assert.NotEqual(0, result.Code);
                Assert.Same(before, supervisor.Serving);
            }
        }

        private Zygote Start()
        {
            var (far, near) = FarZygote.Start(next);
            lock (zygotes)
            {
                zygotes.Add(far);
                Assert.True(zygotes.Count(static zygote => zygote.IsAlive) <= 8, "two generations at most, those that finish, and one that is being replaced");
            }
            return near;
        }

        private List<FarZygote> Alive()
        {
            lock (zygotes)
            {
                return [.. zygotes.Where(static zygote => zygote.IsAlive)];
            }
        }

        private FarZygote? Alive(int choice) => Alive() is { Count: > 0 } alive ? alive[choice % alive.Count] : null;
    }
}
