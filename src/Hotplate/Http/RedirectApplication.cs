using System.Buffers;
using System.Globalization;
using System.Text;
using Hotplate.Routing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>What stands on port 80 beside TLS: authorities get their answers (RFC 8555 §8.3), everybody else is led to https.</summary>
/// <param name="challenge">What is answered to an authority's token; null: nothing.</param>
/// <param name="port">Of https; asked for when it is known.</param>
/// <param name="hosts">Who is led there; null: whatever the host.</param>
internal sealed class RedirectApplication(Func<string, string?> challenge, Func<int> port, AllowedHosts? hosts)
    : IHttpApplication<IFeatureCollection>
{
    private const string Challenges = "/.well-known/acme-challenge/";
    private const int Https = 443;

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        if (request.Path.StartsWith(Challenges, StringComparison.Ordinal))
        {
            return challenge(request.Path[Challenges.Length..]) is { } answer
                ? WriteAsync(context, StatusCodes.Status200OK, answer)
                : WriteAsync(context, StatusCodes.Status404NotFound, "There is no such challenge.\n");
        }
        if (hosts?.Allow(request.Headers.Host.ToString()) == false)
        {
            return WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "There is no site of that name here.\n");
        }
        if (HostOf(request.Headers.Host.ToString()) is not { } host)
        {
            return WriteAsync(context, StatusCodes.Status400BadRequest, "The request names no host.\n");
        }
        var target = request.RawTarget.StartsWith('/') ? request.RawTarget : "/";
        response.Headers.Location = port() is var number && number == Https
            ? $"https://{host}{target}"
            : string.Create(CultureInfo.InvariantCulture, $"https://{host}:{number}{target}");
        // 308: a form is sent again as it was (RFC 9110 §15.4.9).
        return WriteAsync(context, StatusCodes.Status308PermanentRedirect, "This site speaks HTTPS.\n");
    }

    /// <summary>Without a port; null: it is none.</summary>
    private static string? HostOf(string field)
    {
        var end = field.StartsWith('[') ? field.IndexOf(']', StringComparison.Ordinal) + 1
            : field.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? colon : field.Length;
        var host = field[..end];
        return host.Length is > 0 and < 256 && host.All(
            static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '.' or '_' or '[' or ']' or ':') ? host : null;
    }

    private static async Task WriteAsync(IFeatureCollection context, int status, string text)
    {
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = status;
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.Headers.ContentLength = text.Length;
        response.Headers.CacheControl = "no-store";
        if (context.GetRequiredFeature<IHttpRequestFeature>().Method == HttpMethods.Head)
        {
            return;
        }
        var output = context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;
        output.Write(Encoding.ASCII.GetBytes(text));
        await output.FlushAsync();
    }
}
