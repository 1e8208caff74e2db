namespace Hotplate.Control;

/// <summary>A new generation that gets a share of the requests until it is decided whether it takes over. Times are seconds.</summary>
internal sealed record CanaryStatus
{
    /// <summary>The one that is tried.</summary>
    public required int Generation { get; init; }

    /// <summary>Of the requests, from 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>Until it is decided.</summary>
    public required double Left { get; init; }

    /// <summary>How it has answered.</summary>
    public required AnswerStatus New { get; init; }

    /// <summary>How the one that serves has, since then.</summary>
    public required AnswerStatus Old { get; init; }
}

/// <summary>How some workers have answered.</summary>
internal sealed record AnswerStatus
{
    public required long Answers { get; init; }

    /// <summary>How many of those were 5xx, or none at all.</summary>
    public required long ServerErrors { get; init; }

    /// <summary>Seconds in which 99 of 100 requests had the beginning of their answer; null: there were none.</summary>
    public double? P99 { get; init; }
}
