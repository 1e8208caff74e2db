namespace Hotplate.Supervision;

/// <summary>How long to wait before a worker is started again. Failures to become ready count; deaths in service do not.</summary>
internal sealed class RestartPolicy
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private int failures;

    /// <summary>How many workers in a row did not become ready.</summary>
    internal int Failures => failures;

    internal void BecameReady() => failures = 0;

    /// <summary>A worker ended. Returns how long to wait: nothing after a death in service, else 0.2 s doubling to 30 s.</summary>
    internal TimeSpan Exited(bool wasReady)
    {
        if (wasReady)
        {
            return TimeSpan.Zero;
        }
        failures++;
        var delay = First * Math.Pow(2, Math.Min(failures - 1, 10));
        return delay < Longest ? delay : Longest;
    }
}
