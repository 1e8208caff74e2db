using System.Net;
using System.Text;
using System.Text.Json;
using Hotplate.Routing;
using Hotplate.Settings;

namespace Hotplate.Control;

/// <summary>Which route a request takes, and why, as <c>hotplate routes URL</c> shows it.</summary>
internal sealed record RouteReport
{
    public required string Method { get; init; }

    public required string Url { get; init; }

    /// <summary>The file and line of the route that takes it; null: none does.</summary>
    public string? Taken { get; init; }

    /// <summary>What becomes of the request, in words.</summary>
    public required string Action { get; init; }

    /// <summary>The routes in the order in which they are asked.</summary>
    public required IReadOnlyList<RouteStepReport> Routes { get; init; }

    /// <summary>The limits in the order in which they are asked, one key after another: of each key the one that is taken
    /// counts.</summary>
    public required IReadOnlyList<RouteStepReport> Limits { get; init; }

    /// <summary>What a server with these settings would do.</summary>
    /// <exception cref="FormatException">The address is none.</exception>
    internal static RouteReport Of(ServerSettings settings, string method, string url)
    {
        var routes = settings.Routes.Select(static route => new Route(route, null)).ToList();
        var leadsToNone = settings.Apps.Count <= 1 && !settings.Routes.Any(static route => route.Apps.Any());
        return Make(
            routes.Count == 0 ? null : new RouteTable(routes), RateLimits.Of(settings.Limits, null, TimeProvider.System),
            leadsToNone ? settings.App.Name : null, method, url);
    }

    /// <param name="url">"http://shop.example.org/cart?page=2", or its path only: of any host then.</param>
    /// <param name="rest">Who gets what no route takes; null: nobody.</param>
    /// <exception cref="FormatException">It is no address.</exception>
    internal static RouteReport Make(RouteTable? table, RateLimits? limits, string? rest, string method, string url)
    {
        var at = Address(url);
        var query = new RouteQuery
        {
            Host = at.Host == Anywhere ? "" : at.IdnHost.ToLowerInvariant(),
            Path = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(at.AbsolutePath)),
            Method = method,
            Query = at.Query.Length > 0 ? at.Query.AsSpan(1) : default,
            IsHttps = at.Scheme == Uri.UriSchemeHttps,
            Client = IPAddress.Loopback,
        };
        var steps = table?.Explain(query) ?? [];
        var taken = steps.FirstOrDefault(static step => step.Verdict == RouteVerdict.Taken);
        return new RouteReport
        {
            Method = method,
            Url = url,
            Taken = taken?.Entry.Route.Settings.Place,
            Action = taken is not null ? taken.Entry.Route.Settings.Action.Describe()
                : rest is not null ? $"application {rest}, which gets what no route takes" : "404, since no route takes it",
            Routes = [.. steps.Select(RouteStepReport.Of)],
            Limits = [.. (limits?.Explain(query) ?? []).Select(RouteStepReport.Of)],
        };
    }

    private const string Anywhere = "any.invalid";

    private static Uri Address(string url)
    {
        var whole = url.StartsWith('/') ? $"http://{Anywhere}{url}" : url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url;
        return Uri.TryCreate(whole, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new FormatException($"{url} is no address, as http://shop.example.org/cart or /cart is.");
    }
}

/// <summary>One route, or one limit, asked for a request.</summary>
internal sealed record RouteStepReport
{
    /// <summary>File and line.</summary>
    public required string Place { get; init; }

    public required string Host { get; init; }

    public required string Path { get; init; }

    /// <summary>What it does, in words.</summary>
    public required string Action { get; init; }

    /// <summary>taken, later (it would take it), refused (a condition does not hold), other_path or other_host.</summary>
    public required string Verdict { get; init; }

    public required string Why { get; init; }

    internal static RouteStepReport Of(RouteStep step) => new()
    {
        Place = step.Entry.Route.Settings.Place,
        Host = step.Entry.Host.ToString(),
        Path = step.Entry.Path.ToString(),
        Action = step.Entry.Route.Settings.Action.Describe(),
        Verdict = JsonNamingPolicy.SnakeCaseLower.ConvertName(step.Verdict.ToString()),
        Why = step.Why,
    };
}
