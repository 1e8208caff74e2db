namespace Hotplate.Supervision;

/// <summary>Where a generation is in its life.</summary>
internal enum GenerationState
{
    /// <summary>Its workers load the application; none gets requests.</summary>
    Starting,

    /// <summary>Its workers get a share of the requests, and it is not decided yet whether it will serve.</summary>
    Canary,

    /// <summary>Its workers get the requests, and are started again when they die.</summary>
    Serving,

    /// <summary>Another serves. Its workers finish what they have; its zygote lives on, so that it can serve again.</summary>
    Parked,

    /// <summary>Zygote and workers are gone, or on their way.</summary>
    Ended,
}
