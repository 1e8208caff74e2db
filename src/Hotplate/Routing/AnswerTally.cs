using Hotplate.Workers;

namespace Hotplate.Routing;

/// <summary>How the requests of one application and one route have ended: whole answers by their status, the others by reason, each
/// request once. Safe to use from any thread.</summary>
/// <param name="app">The application that was asked; empty: none was.</param>
/// <param name="route">As <see cref="Settings.RouteSettings.Label"/>; empty: no route took them.</param>
internal sealed class AnswerTally(string app, string route)
{
    private readonly long[] failed = new long[Enum.GetValues<RequestFailure>().Length];
    private readonly long[] answers = new long[6];

    internal string App { get; } = app;

    internal string Route { get; } = route;

    /// <summary>Those that got no whole answer for that reason.</summary>
    internal long Failed(RequestFailure failure) => Interlocked.Read(ref failed[(int)failure]);

    /// <summary>Answers that were given whole, by the hundreds of their status.</summary>
    internal long Answers(int hundred) => Interlocked.Read(ref answers[hundred]);

    internal void Answered(int status) => Interlocked.Increment(ref answers[Math.Clamp(status / 100, 0, 5)]);

    internal void Count(RequestFailure failure) => Interlocked.Increment(ref failed[(int)failure]);
}
