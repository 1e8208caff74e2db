namespace Hotplate.Cli;

/// <summary>What somebody who looks at a server has chosen.</summary>
internal sealed record TopChoice
{
    /// <summary>Name of an application; null: the first.</summary>
    public string? App { get; init; }

    /// <summary>Id of a request; null: the oldest.</summary>
    public string? Request { get; init; }

    public TopOrder Order { get; init; }

    /// <summary>The next order.</summary>
    internal TopChoice Sorted() => this with { Order = (TopOrder)(((int)Order + 1) % Enum.GetValues<TopOrder>().Length) };

    /// <summary>The application before or after the chosen one.</summary>
    internal TopChoice MoveApp(TopSample now, int by) =>
        this with { App = now.Apps[Math.Clamp(AppAt(now) + by, 0, now.Apps.Count - 1)].App };

    /// <summary>The request before or after the chosen one.</summary>
    internal TopChoice MoveRequest(TopSample now, int by) => now.Requests.Count == 0
        ? this
        : this with { Request = now.Requests[Math.Clamp(RequestAt(now) + by, 0, now.Requests.Count - 1)].Id };

    /// <summary>Its place; the first where the chosen one is gone.</summary>
    internal int AppAt(TopSample now) => Math.Max(0, now.Apps.ToList().FindIndex(one => one.App == App));

    internal int RequestAt(TopSample now) => Math.Max(0, now.Requests.ToList().FindIndex(one => one.Id == Request));
}

/// <summary>By what workers are sorted; but for the first the most comes first.</summary>
internal enum TopOrder : byte
{
    Worker,
    Cpu,
    Memory,
    Rate,
}
