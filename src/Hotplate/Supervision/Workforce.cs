using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>How many workers there are to be, whatever the generation. Safe to call from any thread.</summary>
internal sealed class Workforce
{
    /// <summary>What a worker is thought to take before one has been seen. Only to begin with: after that it is measured.</summary>
    private const long GuessedWorker = 64L << 20;

    private const int Largest = 1024;
    private readonly Lock gate = new();
    private readonly int most;

    /// <param name="free">Bytes of memory that are left, see <see cref="MemoryAllowance"/>; null when nobody says.</param>
    internal Workforce(WorkerSettings settings, long? free)
    {
        most = settings.Most ?? settings.Count;
        var least = settings.Least ?? settings.Count;
        Wanted = free is { } bytes && least < settings.Count ? (int)Math.Clamp(bytes / GuessedWorker, least, settings.Count) : settings.Count;
    }

    internal int Wanted { get; private set; }

    /// <summary>Somebody has said by signal how many there are to be, and that stands.</summary>
    internal bool IsPinned { get; private set; }

    /// <summary>wsgi.multiprocess: another worker may run the same application at the same time, now or later (PEP 3333: "may be").</summary>
    /// <remarks>That one follows another, after a reload or in its place, is not meant, with gunicorn neither.</remarks>
    internal bool MayBeSeveral
    {
        get
        {
            lock (gate)
            {
                return Wanted > 1 || (!IsPinned && most > 1);
            }
        }
    }

    /// <summary>From now on there are so many more or fewer, at least one, and nobody but this changes that any more.</summary>
    /// <returns>How many that is.</returns>
    internal int Pin(int change)
    {
        lock (gate)
        {
            IsPinned = true;
            return Wanted = Math.Clamp(Wanted + change, 1, Largest);
        }
    }

    /// <summary>There is to be one, whatever there is to do: the application keeps in a process what the next request needs.</summary>
    internal void KeepOne()
    {
        lock (gate)
        {
            IsPinned = true;
            Wanted = 1;
        }
    }

    /// <summary>There are to be so many, unless the number is pinned.</summary>
    /// <returns>True when that is a change.</returns>
    internal bool Set(int count)
    {
        lock (gate)
        {
            if (IsPinned || count == Wanted)
            {
                return false;
            }
            Wanted = count;
            return true;
        }
    }
}
