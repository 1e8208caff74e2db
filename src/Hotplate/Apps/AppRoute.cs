using Hotplate.Routing;

namespace Hotplate.Apps;

/// <summary>Leads to an application.</summary>
/// <remarks>Where a route has nothing else the front does the same without asking.</remarks>
internal sealed class AppRoute(AppHandler app) : Handler
{
    internal AppHandler App { get; } = app;

    internal override Task HandleAsync(Visit visit) => ((AppVisit)visit).AnswerByAsync(App);
}
