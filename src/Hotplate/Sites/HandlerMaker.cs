using Hotplate.Apps;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Static;

namespace Hotplate.Sites;

/// <summary>From what a route's settings say to what answers its requests.</summary>
/// <param name="find">An application by its name.</param>
/// <param name="tallies">How requests end, by application and route.</param>
internal sealed class HandlerMaker(Func<string, AppHandler> find, AnswerTallies tallies, ILogger log)
{
    internal Route Make(RouteSettings settings)
    {
        var label = settings.Label;
        return new Route(settings, Make(settings.Action, app => new AppRoute(find(app), tallies.Of(app, label))))
        {
            Tally = tallies.Of("", label),
        };
    }

    private Handler Make(RouteAction action, Func<string, AppRoute> lead) => action switch
    {
        RouteAction.Apps { Shares: [var only] } => lead(only.App),
        RouteAction.Apps apps => new SplitHandler(
            new Split(apps.Shares, apps.Cookie), [.. apps.Shares.Select(share => lead(share.App))]),
        RouteAction.Files files => new StaticHandler(files, files.FallbackApp is { } app ? lead(app) : null, log),
        RouteAction.Redirect redirect => new RedirectHandler(redirect),
        RouteAction.Fixed same => new FixedHandler(same),
        RouteAction.Maintenance page => new FixedHandler(page),
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "has no handler"),
    };
}
