namespace Hotplate.Workers;

/// <summary>A request that workers died of.</summary>
/// <param name="Name">What people know it by; of several with the same method and target, the last.</param>
/// <param name="Count">How many requests with that method and target there were.</param>
/// <param name="At">When the last one failed, a timestamp of the server's clock.</param>
internal sealed record PoisonedRequest(RequestName Name, int Count, long At);
