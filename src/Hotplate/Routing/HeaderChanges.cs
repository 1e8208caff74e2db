using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Routing;

/// <summary>Carries out what a route changes in header fields.</summary>
internal static class HeaderChanges
{
    /// <param name="headers">The request's, before anybody has read them, or the answer's.</param>
    internal static void Apply(HeaderEdits edits, IHeaderDictionary headers, Visit visit)
    {
        foreach (var name in edits.Remove)
        {
            headers.Remove(name);
        }
        foreach (var (name, text) in edits.Set)
        {
            headers[name] = RouteTextFill.Of(text, visit);
        }
    }

    /// <summary>Of whatever answers, error pages included: at the last moment, when the answer's own fields are there.</summary>
    internal static void OnAnswer(Visit visit) =>
        visit.Response.OnStarting(
            static state =>
            {
                var visit = (Visit)state;
                if (visit.Match.Route?.Settings.ResponseHeaders is { } edits)
                {
                    Apply(edits, visit.Response.Headers, visit);
                }
                return Task.CompletedTask;
            },
            visit);
}
