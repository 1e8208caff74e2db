using Microsoft.AspNetCore.Http;

namespace Hotplate.Routing;

/// <summary>Several applications behind one route.</summary>
/// <param name="handlers">In the order of the split's shares.</param>
internal sealed class SplitHandler(Split split, IReadOnlyList<Handler> handlers) : Handler
{
    internal override Task HandleAsync(Visit visit)
    {
        var choice = split.Choose(visit.Request.Headers.Cookie, visit.IsHttps);
        if (choice.SetCookie is { } cookie)
        {
            // Later than the answer's own fields, which take the place of all that were there.
            visit.Response.OnStarting(
                static state =>
                {
                    var (visit, cookie) = ((Visit, string))state;
                    visit.Response.Headers.Append("Set-Cookie", cookie);
                    return Task.CompletedTask;
                },
                (visit, cookie));
        }
        return handlers[choice.App].HandleAsync(visit);
    }
}
