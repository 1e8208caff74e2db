using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>Fields that every answer gets in which whoever answers has not set them: <c>--hsts</c>, <c>--secure-headers</c>.</summary>
/// <remarks>Set at the last moment. A route's response-headers come after them, so it can change and remove them.</remarks>
internal sealed class AnswerFields
{
    // docs/security.md has the reason of each.
    private static readonly KeyValuePair<string, string>[] Secure =
    [
        new("X-Content-Type-Options", "nosniff"),
        new("X-Frame-Options", "SAMEORIGIN"),
        new("Referrer-Policy", "strict-origin-when-cross-origin"),
    ];

    // Browsers pass these over without https (RFC 6797 §8.1; HTML, "cross-origin opener policies").
    private static readonly KeyValuePair<string, string>[] SecureOverHttps =
        [new("Cross-Origin-Opener-Policy", "same-origin-allow-popups")];

    private readonly KeyValuePair<string, string>[] always;
    private readonly KeyValuePair<string, string>[] overHttps;
    private readonly Func<object, Task> set;

    private AnswerFields(HttpSettings settings)
    {
        always = settings.SecureHeaders ? Secure : [];
        overHttps =
        [
            .. settings.Hsts is { } hsts ? [new("Strict-Transport-Security", hsts)] : Array.Empty<KeyValuePair<string, string>>(),
            .. settings.SecureHeaders ? SecureOverHttps : [],
        ];
        set = visit =>
        {
            Set((Visit)visit);
            return Task.CompletedTask;
        };
    }

    /// <summary>Null: there are none.</summary>
    internal static AnswerFields? Of(HttpSettings settings) =>
        settings.SecureHeaders || settings.Hsts is not null ? new AnswerFields(settings) : null;

    /// <summary>Once a request, before it is answered and after its route is known.</summary>
    internal void OnAnswer(Visit visit) => visit.Response.OnStarting(set, visit);

    private void Set(Visit visit)
    {
        Add(visit, always);
        if (visit.IsHttps)
        {
            Add(visit, overHttps);
        }
    }

    private static void Add(Visit visit, KeyValuePair<string, string>[] fields)
    {
        var headers = visit.Response.Headers;
        foreach (var (name, value) in fields)
        {
            if (!headers.ContainsKey(name))
            {
                headers[name] = value;
            }
        }
    }
}
