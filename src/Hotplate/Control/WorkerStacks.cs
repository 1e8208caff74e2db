namespace Hotplate.Control;

/// <summary>The Python stacks of one worker's threads.</summary>
internal sealed record WorkerStacks
{
    /// <summary>Its process.</summary>
    public required int Worker { get; init; }

    public required int Generation { get; init; }

    /// <summary>As faulthandler writes them; empty when it did not answer in time.</summary>
    public required string Text { get; init; }
}
