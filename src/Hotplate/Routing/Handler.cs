namespace Hotplate.Routing;

/// <summary>What answers the requests of a route: an application, files, a redirect, a fixed answer.</summary>
internal abstract class Handler
{
    /// <summary>
    /// Answers, or says in <see cref="Visit.Failure"/> why not. It begins on an event loop's thread: what may block goes to the pool.
    /// </summary>
    internal abstract Task HandleAsync(Visit visit);
}
