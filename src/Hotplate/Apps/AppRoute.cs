using Hotplate.Routing;

namespace Hotplate.Apps;

/// <summary>Leads to an application.</summary>
/// <remarks>Where a route has nothing else the front does the same without asking.</remarks>
/// <param name="tally">How its requests end.</param>
internal sealed class AppRoute(AppHandler app, AnswerTally tally) : Handler
{
    internal AppHandler App { get; } = app;

    internal AnswerTally Tally { get; } = tally;

    internal override Task HandleAsync(Visit visit) => ((AppVisit)visit).AnswerByAsync(this);
}
