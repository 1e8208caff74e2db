using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>Sends clients to another address.</summary>
internal sealed class RedirectHandler(RouteAction.Redirect redirect) : Handler
{
    internal override Task HandleAsync(Visit visit)
    {
        var response = visit.Response;
        response.StatusCode = redirect.Status;
        response.Headers.Location = LocationOf(redirect.To, visit);
        response.Headers.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Of /$1 and the path /old//evil.example no //evil.example may come: browsers read that as a host.</summary>
    private static string LocationOf(RouteText to, Visit visit)
    {
        var location = RouteTextFill.Of(to, visit);
        if (location is not ['/', '/' or '\\', ..] || to.Text.StartsWith("//", StringComparison.Ordinal))
        {
            return location;
        }
        return "/" + location.TrimStart('/', '\\');
    }
}
