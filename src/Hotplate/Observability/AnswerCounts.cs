namespace Hotplate.Observability;

/// <summary>How the requests of one application and one route have ended.</summary>
/// <param name="App">The application that was asked; empty: none was.</param>
/// <param name="Route">Empty: no route took them.</param>
/// <param name="Whole">Whole answers, by the hundreds of their status.</param>
/// <param name="Failed">Every reason there can be, those that never happened too.</param>
internal sealed record AnswerCounts(string App, string Route, IReadOnlyList<long> Whole, IReadOnlyList<FailureCount> Failed);
