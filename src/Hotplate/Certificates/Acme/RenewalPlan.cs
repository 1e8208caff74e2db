using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Certificates.Acme;

/// <summary>When a certificate is renewed, and when a try that failed is made again.</summary>
internal static class RenewalPlan
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(12);

    /// <summary>How often an authority that has an opinion is asked for it; it may want another time.</summary>
    internal static TimeSpan BetweenQuestions { get; } = TimeSpan.FromHours(6);

    /// <summary>When two thirds of its life are over, and up to a thirtieth by chance: not all at once.</summary>
    internal static DateTimeOffset ByAge(DateTimeOffset notBefore, DateTimeOffset notAfter, double chance)
    {
        var life = notAfter - notBefore;
        return notBefore + (life * 2 / 3) + (life / 30 * chance);
    }

    /// <summary>RFC 9773 §4.2: some moment in the window; one that is over means now.</summary>
    internal static DateTimeOffset InWindow(AcmeWindow window, double chance) =>
        window.Start + ((window.End > window.Start ? window.End - window.Start : TimeSpan.Zero) * chance);

    /// <summary>Two minutes, four, eight …, up to half a day, less a fifth by chance: within the first hour five tries, which Let's Encrypt
    /// allows.</summary>
    /// <param name="asked">What the authority wants, which is kept when it is longer.</param>
    internal static TimeSpan Pause(int failures, TimeSpan? asked, double chance)
    {
        var pause = failures > 20 ? LongestPause : TimeSpan.FromTicks(
            Math.Min(FirstPause.Ticks << Math.Max(failures - 1, 0), LongestPause.Ticks));
        pause *= 1 - (chance / 5);
        return asked is { } least && least > pause ? least : pause;
    }

    /// <summary>A pause that is longer than any that would be made: the clock was set back.</summary>
    internal static bool IsBeyond(DateTimeOffset notBefore, DateTimeOffset now) => notBefore - now > TimeSpan.FromDays(8);

    /// <summary>RFC 9773 §4.1; null: it has no name for this.</summary>
    internal static string? NameOf(X509Certificate2 certificate)
    {
        var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        return authority is { } key ? $"{Base64Url.EncodeToString(key.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
            : null;
    }
}
