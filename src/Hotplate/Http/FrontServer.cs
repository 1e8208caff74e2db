using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Hotplate.Http;

/// <summary>Kestrel, once for HTTP/1 and once for HTTP/2, whichever is listened for: their limits differ, and it has one set of them.</summary>
internal sealed class FrontServer(Listeners listeners, IConnectionListenerFactory transport, ILoggerFactory loggers) : IDisposable
{
    private readonly KestrelServer? http1 = listeners.Options is { } options ? new KestrelServer(Options.Create(options), transport, loggers) : null;
    private readonly KestrelServer? http2 = listeners.Http2Options is { } options
        ? new KestrelServer(Options.Create(options), listeners.Streams?.Beside(transport) ?? transport, loggers)
        : null;

    private readonly KestrelServer? redirects = listeners.RedirectOptions is { } options
        ? new KestrelServer(Options.Create(options), transport, loggers) : null;

    /// <summary>What an authority is answered that asks for a token (RFC 8555 §8.3); null: nothing.</summary>
    internal Func<string, string?> Challenge { get; init; } = static _ => null;

    internal async Task StartAsync(IHttpApplication<RequestContext> application, CancellationToken cancel)
    {
        await (http1?.StartAsync(application, cancel) ?? Task.CompletedTask);
        await (http2?.StartAsync(application, cancel) ?? Task.CompletedTask);
        var redirecting = new RedirectApplication(Challenge, () => listeners.HttpsPort, listeners.Hosts);
        await (redirects?.StartAsync(redirecting, cancel) ?? Task.CompletedTask);
    }

    /// <summary>Tells HTTP/2 clients to come back on another connection, at once: what they have asked for is answered, and GOAWAY says what will not be.</summary>
    /// <returns>When all their connections have ended.</returns>
    internal Task DismissStreamsAsync(CancellationToken atOnce) => http2?.StopAsync(atOnce) ?? Task.CompletedTask;

    /// <summary>Lets what is in flight finish, until <paramref name="atOnce"/>.</summary>
    internal Task StopAsync(CancellationToken atOnce) => Task.WhenAll(
        http1?.StopAsync(atOnce) ?? Task.CompletedTask, DismissStreamsAsync(atOnce), redirects?.StopAsync(atOnce) ?? Task.CompletedTask);

    public void Dispose()
    {
        http1?.Dispose();
        http2?.Dispose();
        redirects?.Dispose();
    }
}
