using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Looks after the workers that serve, four times a second: those that are worn make room for fresh ones, one at a time, and there are as many as are needed.</summary>
internal sealed class Upkeep : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private readonly Supervisor supervisor;
    private readonly SupervisionContext context;
    private readonly RecyclePolicy recycling;
    private readonly ElasticPolicy elastic;
    private readonly MemoryPolicy memory;
    private readonly Func<long?> free;
    private readonly ITimer timer;
    private long toldAt;
    private long readAt;
    private int looking;

    /// <param name="free">Bytes of memory that are left, null when nobody says; see <see cref="MemoryAllowance"/>.</param>
    internal Upkeep(Supervisor supervisor, SupervisionContext context, RecycleSettings recycle, Func<long?> free)
    {
        this.supervisor = supervisor;
        this.context = context;
        recycling = new RecyclePolicy(recycle, Random.Shared.Next());
        elastic = new ElasticPolicy(context.Settings);
        memory = new MemoryPolicy(context.Settings);
        this.free = free;
        timer = context.Time.CreateTimer(_ => Look(), null, Tick, Tick);
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        // A tick that comes while the last one still starts a worker is passed over.
        if (Interlocked.Exchange(ref looking, 1) != 0)
        {
            return;
        }
        try
        {
            Recycle(supervisor.Serving);
            Resize(supervisor.Serving);
        }
        catch (Exception error)
        {
            context.Log.UpkeepFailed(context.App.Name, error);
        }
        finally
        {
            Volatile.Write(ref looking, 0);
        }
    }

    private void Recycle(Generation generation)
    {
        if (recycling.IsOff || generation.State != GenerationState.Serving)
        {
            return;
        }
        var workers = generation.Workers.Where(static process => process is { WasReady: true, Expected: false }).ToDictionary(static process => process.Id);
        var vitals = workers.Values.Select(VitalsOf).ToList();
        foreach (var worker in vitals.Where(worker => recycling.IsOverHardLimit(worker)))
        {
            Kill(generation, workers[worker.Id].Worker, worker.Memory);
        }
        if (generation.Leaving == 0 && recycling.Choose(vitals.Where(worker => !recycling.IsOverHardLimit(worker))) is { } worn)
        {
            generation.Replace(workers[worn.Worker.Id].Worker, worn.Reason, worn.Why);
        }
    }

    private void Resize(Generation generation)
    {
        var workforce = context.Workforce;
        if (elastic.IsOff || workforce.IsPinned || generation.State != GenerationState.Serving)
        {
            return;
        }
        var wanted = workforce.Wanted;
        if (IsTimeToRead() && Read(generation) is var reading && memory.MustLetGo(reading))
        {
            if (workforce.Set(wanted - 1))
            {
                context.Log.FewerForShortMemory(context.App.Name, reading.Free!.Value >> 20, wanted - 1);
                supervisor.Resize();
            }
            return;
        }
        var pool = context.Pool;
        var wait = pool.LongestWait;
        var now = context.Time.GetElapsedTime(0);
        var count = elastic.Decide(new WorkforceSample(now, wanted, pool.Ready, pool.Busy, wait));
        if (count > wanted && !HasMemoryForOneMore(generation))
        {
            return;
        }
        if (!workforce.Set(count))
        {
            return;
        }
        if (count > wanted)
        {
            context.Log.MoreWorkers(context.App.Name, wait.TotalMilliseconds, count);
        }
        else
        {
            context.Log.FewerWorkers(context.App.Name, count);
        }
        supervisor.Resize();
    }

    private bool HasMemoryForOneMore(Generation generation)
    {
        var reading = Read(generation);
        if (memory.HasRoom(reading))
        {
            return true;
        }
        // Once a minute: the requests go on waiting, and so does the policy go on asking.
        if (toldAt == 0 || context.Time.GetElapsedTime(toldAt) >= TimeSpan.FromMinutes(1))
        {
            toldAt = context.Time.GetTimestamp();
            context.Log.NoMemoryForMore(context.App.Name, reading.Free!.Value >> 20, reading.Largest >> 20);
        }
        return false;
    }

    /// <summary>Once a second: it takes reading some ten files.</summary>
    private bool IsTimeToRead()
    {
        if (readAt != 0 && context.Time.GetElapsedTime(readAt) < TimeSpan.FromSeconds(1))
        {
            return false;
        }
        readAt = context.Time.GetTimestamp();
        return true;
    }

    private MemoryReading Read(Generation generation) => new(
        context.Time.GetElapsedTime(0), free(), generation.Workers.Select(static process => ResidentMemory.Of(process.Worker.Pid)).DefaultIfEmpty().Max(),
        context.Workforce.Wanted, generation.Leaving > 0);

    private void Kill(Generation generation, Worker worker, long memory)
    {
        var ran = context.Pool.Running(worker);
        context.Log.WorkerIsOverHardLimit(context.App.Name, worker.Pid, memory >> 20, ran.Count == 0 ? "nothing" : string.Join(", ", ran));
        context.CountLeaving(LeaveReason.Memory);
        generation.Kill(worker.Id, "it took more memory than it may", Suspicion.All);
    }

    private WorkerVitals VitalsOf(WorkerProcess process) => new(
        process.Id, process.Worker.Answers, context.Time.GetElapsedTime(process.ReadyAt), recycling.AsksForMemory ? ResidentMemory.Of(process.Worker.Pid) : 0);
}
