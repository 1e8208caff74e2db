namespace Hotplate.Tests.Workers;

/// <summary>A clock that stands until it is moved. Timers run on the thread that moves it.</summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private long now = 1_000_000_000_000;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp() / 100);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            var timer = new Timer(this, () => callback(state), period.Ticks * 100);
            timer.Change(dueTime, period);
            return timer;
        }
    }

    internal void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + (by.Ticks * 100);
        while (true)
        {
            Timer? next;
            lock (gate)
            {
                next = timers.Where(timer => timer.Due <= end).MinBy(static timer => timer.Due);
                if (next is null)
                {
                    Interlocked.Exchange(ref now, end);
                    return;
                }
                Interlocked.Exchange(ref now, Math.Max(now, next.Due));
                if (next.Period > 0)
                {
                    next.Due += next.Period;
                }
                else
                {
                    timers.Remove(next);
                }
            }
            next.Run();
        }
    }

    /// <summary>As when the process or the machine stood still: the time has passed, and what was due many times runs once.</summary>
    internal void Jump(TimeSpan by)
    {
        Interlocked.Add(ref now, by.Ticks * 100);
        Timer[] due;
        lock (gate)
        {
            due = [.. timers.Where(timer => timer.Due <= now && timer.Period > 0)];
            foreach (var timer in due)
            {
                timer.Due = now + timer.Period;
            }
        }
        foreach (var timer in due)
        {
            timer.Run();
        }
    }

    private sealed class Timer(FakeTime time, Action run, long period) : ITimer
    {
        internal long Due { get; set; }

        /// <summary>0 or less: it runs once.</summary>
        internal long Period { get; private set; } = period;

        internal Action Run { get; } = run;

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
                Period = newPeriod.Ticks * 100;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time.GetTimestamp() + (dueTime.Ticks * 100);
                    time.timers.Add(this);
                }
                return true;
            }
        }

        public void Dispose()
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
