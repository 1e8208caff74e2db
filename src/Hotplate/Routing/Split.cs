using System.Globalization;
using Hotplate.Settings;
using Microsoft.Extensions.Primitives;

namespace Hotplate.Routing;

/// <summary>Deals requests to several applications by their weights.</summary>
/// <remarks>
/// A client's cookie holds a number, not an application: a point on a line that the weights divide. Who has one stays where he is while the
/// weights do; when one application gets more, those move that its share grows over, and nobody else. No name is told to anybody.
/// </remarks>
internal sealed class Split
{
    private readonly ulong[] ends;
    private readonly string? cookie;
    private readonly Func<uint> random;

    /// <param name="shares">At least one weighs more than 0.</param>
    /// <param name="cookie">Null: each request is dealt anew.</param>
    /// <param name="random">A number from all that there are; null: any.</param>
    internal Split(IReadOnlyList<AppShare> shares, string? cookie, Func<uint>? random = null)
    {
        ends = new ulong[shares.Count];
        var sum = 0ul;
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = sum += (ulong)shares[i].Weight;
        }
        if (sum == 0)
        {
            throw new ArgumentException("Nobody is to get anything.", nameof(shares));
        }
        this.cookie = cookie;
        this.random = random ?? (static () => (uint)Random.Shared.NextInt64(1L << 32));
    }

    /// <param name="cookies">The request's Cookie fields.</param>
    /// <param name="isHttps">The cookie, if it gets one, is for https alone.</param>
    internal SplitChoice Choose(StringValues cookies, bool isHttps)
    {
        if (cookie is null)
        {
            return new SplitChoice(AppAt(random()), SetCookie: null);
        }
        foreach (var field in cookies)
        {
            foreach (var one in new CookieText(field))
            {
                if (one.Name.SequenceEqual(cookie) && TryRead(one.Value, out var known))
                {
                    return new SplitChoice(AppAt(known), SetCookie: null);
                }
            }
        }
        var point = random();
        return new SplitChoice(AppAt(point), $"{cookie}={point:x8}; Path=/; HttpOnly; SameSite=Lax{(isHttps ? "; Secure" : "")}");
    }

    private int AppAt(uint point)
    {
        var at = (point * (UInt128)ends[^1]) >> 32;
        var app = 0;
        while (ends[app] <= at)
        {
            app++;
        }
        return app;
    }

    private static bool TryRead(ReadOnlySpan<char> text, out uint point)
    {
        point = 0;
        return text.Length == 8 && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out point);
    }
}

/// <summary>Whom a request was dealt to.</summary>
/// <param name="App">Its place among the shares.</param>
/// <param name="SetCookie">For the answer; null: the client has it already, or needs none.</param>
internal readonly record struct SplitChoice(int App, string? SetCookie);
