using FsCheck;
using FsCheck.Fluent;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>Random walks through everything that can happen to a pool. Whatever the order: every request ends once, with its own answer, and leaves nothing behind.</summary>
public class WorkerPoolWalkTests
{
    private enum Move
    {
        Submit,
        SubmitSlow,
        SubmitIdempotent,
        Take,
        Answer,
        AnswerLate,
        Fail,
        Leave,
        PassTime,
        MoreAtATime,
        Join,
        Die,
        DieOfOne,
        DieOfAny,
    }

    [Fact]
    public void Whatever_happens_every_request_ends_once_and_nothing_is_lost()
    {
        // Deaths and joins are rarer than the rest, as a walk of nothing else tells little.
        var moves = Gen.Frequency(
            (30, Gen.Elements(Move.Submit, Move.SubmitSlow, Move.SubmitIdempotent)),
            (50, Gen.Elements(Move.Take, Move.Answer, Move.AnswerLate, Move.PassTime)),
            (10, Gen.Elements(Move.Leave, Move.Fail, Move.MoreAtATime)),
            (4, Gen.Elements(Move.Join, Move.Join, Move.Die, Move.DieOfOne, Move.DieOfAny)));
        var steps = moves.SelectMany(move => Gen.Choose(0, 1000).Select(choice => (move, choice))).ListOf();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(300).WithReplay(20_26, 11_23),
            Prop.ForAll(steps.ToArbitrary(), walk => Task.Run(() => WalkAsync([.. walk])).GetAwaiter().GetResult()));
    }

    private static async Task WalkAsync(IReadOnlyList<(Move Move, int Choice)> steps)
    {
        using var walk = new Walk();
        await walk.JoinAsync();
        foreach (var (move, choice) in steps)
        {
            await walk.StepAsync(move, choice);
        }
        await walk.FinishAsync();
    }

    private sealed class Walk : IDisposable
    {
        private readonly PoolOfFarEnds pool = new(new WorkerSettings { MaxQueue = 40, MaxQueueTime = TimeSpan.FromMinutes(1) });
        private readonly List<Errand> errands = [];
        private readonly HashSet<Errand> left = [];
        private readonly List<(FarEnd End, List<FarFrame> Queued, List<FarFrame> Running)> alive = [];
        private readonly HashSet<int> begunAtDeath = [];
        private readonly HashSet<int> failed = [];
        private readonly Random order = new(4711);

        internal Walk() => pool.Pool.AwaitsVerdicts = true;

        internal async Task StepAsync(Move move, int choice)
        {
            switch (move)
            {
                case Move.Submit or Move.SubmitSlow or Move.SubmitIdempotent:
                    var path = move == Move.SubmitSlow ? "/slow" : "/fast";
                    errands.Add(new Errand(errands.Count + 1, path) { Idempotent = move == Move.SubmitIdempotent }.SubmitTo(pool.Pool));
                    break;
                case Move.Leave when errands.Count > 0:
                    var leaving = errands[choice % errands.Count];
                    left.Add(leaving);
                    leaving.Leave(pool.Pool);
                    break;
                case Move.PassTime:
                    pool.Time.Advance(TimeSpan.FromMicroseconds(choice * 3));
                    break;
                case Move.Join when alive.Count < 4:
                    await JoinAsync();
                    break;
                default:
                    if (alive.Count > 0)
                    {
                        Step(move, alive[choice % alive.Count], choice);
                    }
                    break;
            }
        }

        internal async Task JoinAsync() => alive.Add((await pool.JoinAsync(slots: 16), [], []));

        internal async Task FinishAsync()
        {
            await JoinAsync();
            while (errands.Any(static errand => !errand.Ended.IsCompleted))
            {
                foreach (var worker in alive)
                {
                    Step(Move.Take, worker, 0);
                    Step(Move.Answer, worker, 0);
                }
                await Task.Yield();
            }
            // What was abandoned still runs at its worker.
            await Patience.UntilAsync(
                () =>
                {
                    alive.ForEach(worker => Step(Move.Take, worker, 0));
                    alive.ForEach(worker => Step(Move.Answer, worker, 0));
                    return pool.Pool.InFlight == 0;
                },
                "nothing is in flight");
            Assert.Equal(0, pool.Pool.Waiting);
            Assert.All(pool.Ends, static end => Assert.Equal((0, 0L, 16), (end.Worker.InFlight, end.Worker.Load, end.Worker.FreeSlots)));
            foreach (var errand in errands)
            {
                Assert.Equal(1, errand.Ends);
                Assert.True(MayHaveEndedSo(errand, await errand.Ended), $"errand {errand.Number} ended with {await errand.Ended}");
            }
        }

        public void Dispose() => pool.Dispose();

        private bool MayHaveEndedSo(Errand errand, RequestFailure failure) => failure switch
        {
            RequestFailure.None => true,
            RequestFailure.ClientLeft => left.Contains(errand),
            RequestFailure.AppFailed => failed.Contains(errand.Number),
            RequestFailure.WorkerDied => begunAtDeath.Contains(errand.Number) && (!errand.Idempotent || errand.IsSuspect || errand.Deaths == 3),
            RequestFailure.QueueFull => true,
            _ => false,
        };

        private static void AssertSuspectsAreAlone(FarEnd end)
        {
            var inHand = Enumerable.Range(0, end.Worker.Slots).Select(slot => end.Worker.FlightAt(slot)).Where(static flight => flight.InUse).ToList();
            Assert.True(inHand.Count <= 1 || !inHand.Any(static flight => flight.Exchange is { IsSuspect: true }), "a suspect has company");
        }

        /// <summary>The verdict comes before the channel's end or after it.</summary>
        private void Die(FarEnd end, Move move, List<FarFrame> running, int choice)
        {
            foreach (var frame in running)
            {
                end.Worker.Board[frame.Header.Slot].Ident = frame.Header.Slot + 1u;
            }
            var verdict = move switch
            {
                Move.DieOfOne when running.Count > 0 => new Verdict(Suspicion.Thread, running[choice % running.Count].Header.Slot + 1u),
                Move.DieOfAny => new Verdict(Suspicion.All),
                _ => Verdict.FromOutside,
            };
            if (order.Next(2) == 0)
            {
                _ = pool.Pool.JudgeAsync(end.Worker, verdict);
                end.Dispose();
            }
            else
            {
                end.Dispose();
                _ = pool.Pool.JudgeAsync(end.Worker, verdict);
            }
        }

        private void Step(Move move, (FarEnd End, List<FarFrame> Queued, List<FarFrame> Running) worker, int choice)
        {
            var (end, queued, running) = worker;
            queued.AddRange(end.All().Where(static frame => frame.Header.Type == FrameType.Request));
            switch (move)
            {
                case Move.Take when queued.Count > 0:
                    if (end.TryTake(queued[0]))
                    {
                        running.Add(queued[0]);
                        AssertSuspectsAreAlone(end);
                    }
                    queued.RemoveAt(0);
                    break;
                case Move.Answer or Move.AnswerLate or Move.Fail when running.Count > 0:
                    var request = running[choice % running.Count];
                    running.Remove(request);
                    if (move == Move.Fail)
                    {
                        failed.Add(BitConverter.ToInt32(request.Payload));
                        end.Send(FrameType.Failed, request.Header.Stream, 60);
                    }
                    else
                    {
                        end.Answer(request, move == Move.Answer ? 60u : 5_000u);
                    }
                    break;
                case Move.MoreAtATime:
                    end.Send(FrameType.Credit, 0, (uint)(choice % 9));
                    break;
                case Move.Die or Move.DieOfOne or Move.DieOfAny:
                    begunAtDeath.UnionWith(running.Select(static frame => BitConverter.ToInt32(frame.Payload)));
                    alive.Remove(worker);
                    Die(end, move, running, choice);
                    break;
                default:
                    break;
            }
        }
    }
}
