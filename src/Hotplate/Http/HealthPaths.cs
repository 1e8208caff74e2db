using System.Text;
using Hotplate.Settings;
using Hotplate.Sites;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>The paths at which the front itself says that it lives and whether it is ready, to whoever looks after it. They never wait for a worker.</summary>
/// <remarks>
/// Ready does not mean idle: while too many requests wait it stays 200, because a load balancer that then sends everything to the others would
/// have them fall over one after another. It is 503 while no worker serves, while none of the names that certificates are got for has one,
/// and while the server stops.
/// </remarks>
internal sealed class HealthPaths(HttpSettings settings, CurrentSite site)
{
    private static readonly byte[] Alive = "alive\n"u8.ToArray();
    private static readonly byte[] Ready = "ready\n"u8.ToArray();
    private static readonly byte[] NoWorker = "no worker is ready\n"u8.ToArray();
    private static readonly byte[] NoCertificate = "no certificate is valid\n"u8.ToArray();
    private static readonly byte[] Stopping = "stopping\n"u8.ToArray();

    private readonly byte[]? livez = Bytes(settings.LivezPath);
    private readonly byte[]? readyz = Bytes(settings.ReadyzPath);

    /// <summary>Which of the two is asked for; none for other methods than GET and HEAD, which may mean something to the application.</summary>
    /// <param name="path">Decoded, not below any mount.</param>
    internal HealthPath Match(string method, ReadOnlySpan<byte> path)
    {
        // When both have the same path, readiness says more.
        var asked = path.SequenceEqual(readyz) ? HealthPath.Readyz : path.SequenceEqual(livez) ? HealthPath.Livez : HealthPath.None;
        return asked != HealthPath.None && method is "GET" or "HEAD" ? asked : HealthPath.None;
    }

    internal async Task AnswerAsync(RequestContext context, HealthPath asked)
    {
        var (status, text) = asked == HealthPath.Livez ? (StatusCodes.Status200OK, Alive)
            : site.Now.IsStopping ? (StatusCodes.Status503ServiceUnavailable, Stopping)
            : !site.Now.IsReady ? (StatusCodes.Status503ServiceUnavailable, NoWorker)
            : !site.IsCertified() ? (StatusCodes.Status503ServiceUnavailable, NoCertificate)
            : (StatusCodes.Status200OK, Ready);
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentLength = text.Length;
        if (context.Request.Method != "HEAD")
        {
            text.CopyTo(context.ResponseBody.Writer.GetSpan(text.Length));
            context.ResponseBody.Writer.Advance(text.Length);
        }
        await context.ResponseBody.Writer.FlushAsync();
    }

    /// <summary>Null matches nothing: a path is never empty.</summary>
    private static byte[]? Bytes(string? path) => path is null ? null : Encoding.UTF8.GetBytes(path);
}

/// <summary>What the front itself is asked for.</summary>
internal enum HealthPath : byte
{
    /// <summary>Nothing: the request is the application's.</summary>
    None,

    /// <summary>Whether the front lives.</summary>
    Livez,

    /// <summary>Whether requests are served.</summary>
    Readyz,
}
