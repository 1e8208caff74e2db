using Hotplate.Apps;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Static;

namespace Hotplate.Sites;

/// <summary>From what a route's settings say to what answers its requests.</summary>
/// <param name="find">An application by its name.</param>
internal sealed class HandlerMaker(Func<string, AppHandler> find, ILogger log)
{
    internal Handler Make(RouteAction action) => action switch
    {
        RouteAction.Apps { Shares: [var only] } => new AppRoute(find(only.App)),
        RouteAction.Apps apps => new SplitHandler(
            new Split(apps.Shares, apps.Cookie), [.. apps.Shares.Select(share => new AppRoute(find(share.App)))]),
        RouteAction.Files files => new StaticHandler(files, files.FallbackApp is { } app ? new AppRoute(find(app)) : null, log),
        RouteAction.Redirect redirect => new RedirectHandler(redirect),
        RouteAction.Fixed same => new FixedHandler(same),
        RouteAction.Maintenance page => new FixedHandler(page),
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "has no handler"),
    };
}
