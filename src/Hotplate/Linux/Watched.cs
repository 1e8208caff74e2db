namespace Hotplate.Linux;

/// <summary>Whom a descriptor in an <see cref="EventLoop"/> belongs to.</summary>
internal abstract class Watched
{
    /// <summary>The loop's: who it is, this time.</summary>
    internal ulong Key { get; set; }

    /// <summary>Something has changed since the last call or the last try that failed with EAGAIN. On the loop's thread.</summary>
    /// <param name="events">EPOLLIN and the like.</param>
    internal abstract void OnReady(uint events);
}
