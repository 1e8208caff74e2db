using System.Globalization;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Routing;

/// <summary>One limit of a site: whom it counts together, their buckets, and what it says to whom it refuses.</summary>
internal sealed class RateLimit
{
    // 65,536 buckets of 16 bytes, a megabyte: more clients than most sites have in the time in which a bucket fills.
    private const int SetsOfMany = 8192;

    // An application has one bucket.
    private const int SetsOfApps = 64;

    private readonly LimitKey key;
    private readonly RateBuckets? buckets;
    private readonly string policy = "";
    private readonly string name;

    internal RateLimit(RouteSettings settings, TimeProvider time)
    {
        var (by, rate) = (RouteAction.Limit)settings.Action;
        key = by;
        name = settings.Name ?? "default";
        if (rate is not null)
        {
            var sets = by.Kind switch { LimitKeyKind.All => 1, LimitKeyKind.App => SetsOfApps, _ => SetsOfMany };
            buckets = new RateBuckets(rate, sets, time);
            policy = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={rate.Count};w={rate.Period.TotalSeconds}");
        }
    }

    /// <summary>Equal for limits that say the same, wherever they stand.</summary>
    internal static string IdentityOf(RouteSettings settings) => string.Join(
        '\n', string.Join(',', settings.Hosts), string.Join(',', settings.Paths), settings.ConditionKey, settings.Name,
        settings.Action.Describe());

    /// <summary>One request more. False: it is one too many.</summary>
    /// <param name="app">The application that it goes to; empty: to none.</param>
    /// <param name="wait">Until the next may come.</param>
    internal bool TryPass(in RouteQuery query, string app, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (buckets is null)
        {
            return true;
        }
        var counted = KeyOf(query, app);
        return counted == 0 || buckets.TryTake(counted, out wait);
    }

    /// <summary>What it tells whom it has refused: draft-ietf-httpapi-ratelimit-headers-10, and RFC 9110 §10.2.3.</summary>
    internal void Tell(IHeaderDictionary headers, TimeSpan wait)
    {
        var seconds = ((long)Math.Ceiling(Math.Max(1, wait.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
        headers.RetryAfter = seconds;
        headers["RateLimit"] = $"\"{name}\";r=0;t={seconds}";
        headers["RateLimit-Policy"] = policy;
    }

    /// <summary>0: it is not known whose it is, and not counted.</summary>
    private ulong KeyOf(in RouteQuery query, string app) => key.Kind switch
    {
        LimitKeyKind.All => 1,
        LimitKeyKind.App => KeyedHash.Of(app) | 1,
        LimitKeyKind.Header when OfHeader(query.Headers) is not 0 and var value => value,
        LimitKeyKind.Cookie when OfCookie(query.Headers) is not 0 and var value => value,
        _ => query.Client is { } client ? KeyedHash.Of(client) : 0,
    };

    private ulong OfHeader(IHeaderDictionary? headers)
    {
        var values = headers is null ? default : headers[key.Name];
        return values.Count switch
        {
            0 => 0,
            1 => KeyedHash.Of(values[0]),
            _ => KeyedHash.Of(string.Join(", ", values.ToArray())),
        };
    }

    private ulong OfCookie(IHeaderDictionary? headers)
    {
        foreach (var field in headers is null ? default : headers.Cookie)
        {
            foreach (var cookie in new CookieText(field))
            {
                if (cookie.Name.SequenceEqual(key.Name))
                {
                    return KeyedHash.Of(cookie.Value);
                }
            }
        }
        return 0;
    }
}
