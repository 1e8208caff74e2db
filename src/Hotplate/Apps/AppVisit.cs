using Hotplate.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Apps;

/// <summary>A request that an application may answer.</summary>
internal abstract class AppVisit(IFeatureCollection features) : Visit(features)
{
    /// <summary>Lets it, and completes when all is told and counted.</summary>
    internal abstract Task AnswerByAsync(AppRoute route);
}
