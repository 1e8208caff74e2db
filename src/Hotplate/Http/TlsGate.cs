using System.Net.Security;
using System.Security.Authentication;
using Hotplate.Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Hotplate.Http;

/// <summary>Agrees with clients on TLS, and then on HTTP/1.1 or HTTP/2.</summary>
/// <remarks>
/// Kestrel's own way in (UseHttps) gives one server's connections to one set of limits; here there are two servers, and who is to have the
/// connection is known after the handshake. What it sees are connections in cleartext, with the features of TLS.
/// </remarks>
/// <param name="timeout">For the whole handshake.</param>
internal sealed class TlsGate(CertificateStore certificates, TimeSpan timeout, HandedConnections streams, ILogger log)
{
    // With the key shares of today a hello has about 2 KiB, and certificates of clients some more.
    private const int LongestHello = 72 * 1024;

    /// <summary>Connection middleware: what follows is for those who speak HTTP/1.1.</summary>
    internal ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var client = connection.Features.Get<ClientConnection>();
        client?.HoldTls();
        var transport = new TransportStream(connection.Transport);
        var tls = new SslStream(transport, leaveInnerStreamOpen: true);
        await using var closing = new Closing(tls);
        if (!await TryAgreeAsync(connection, transport, tls))
        {
            return;
        }
        var plain = connection.Transport;
        var inside = new TlsTransport(tls, transport, plain.Output);
        try
        {
            if (tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2)
            {
                // One such connection can hold as much as hundreds of others.
                if (client?.NoRoom != true)
                {
                    transport.IsForPool = true;
                    await streams.ServeAsync(new HandedConnection(connection, inside));
                }
            }
            else if (tls.NegotiatedApplicationProtocol.Protocol.IsEmpty
                || tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http11)
            {
                connection.Transport = inside;
                await next(connection);
            }
        }
        finally
        {
            connection.Transport = plain;
            await EndAsync(tls, inside);
        }
    };

    /// <summary>False: nothing comes of it, and there is nothing more to say.</summary>
    private async Task<bool> TryAgreeAsync(ConnectionContext connection, TransportStream transport, SslStream tls)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default);
        patience.CancelAfter(timeout);
        ClientHello? hello = null;
        SslServerAuthenticationOptions options;
        try
        {
            hello = await ReadHelloAsync(connection, patience.Token);
            if (hello is null || certificates.Current.Choose(hello) is not { } certificate)
            {
                return false;
            }
            // A signature takes as long as many requests: not on the event loop, which has others to serve.
            await Task.Yield();
            transport.IsForPool = true;
            var asked = hello is { IsChallenge: true, ServerName: { } name } ? certificates.Challenge?.Invoke(name) : null;
            options = asked ?? certificate.Options;
            await tls.AuthenticateAsServerAsync(options, patience.Token);
            transport.IsForPool = false;
        }
        catch (Exception error) when (error is IOException or AuthenticationException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException)
        {
            log.HandshakeFailed(hello?.ServerName ?? "-", Why(error));
            return false;
        }
        var features = new TlsFeatures(tls, hello.ServerName, options.ClientCertificateRequired);
        connection.Features.Set<ITlsConnectionFeature>(features);
        connection.Features.Set<ITlsHandshakeFeature>(features);
        connection.Features.Set<ITlsApplicationProtocolFeature>(features);
        return true;
    }

    /// <summary>Reads until the client has said whom it wants, and leaves it there to be read again. Null: it left, or speaks no
    /// TLS.</summary>
    private static async Task<ClientHello?> ReadHelloAsync(ConnectionContext connection, CancellationToken cancel)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync(cancel);
            var hello = ClientHello.Read(result.Buffer, out var isTls);
            if (!isTls)
            {
                var mistaken = PlainRequestPage.IsFor(result.Buffer);
                input.AdvanceTo(result.Buffer.End);
                await (mistaken ? PlainRequestPage.WriteAsync(connection.Transport.Output) : Task.CompletedTask);
                return null;
            }
            if (hello is not null)
            {
                input.AdvanceTo(result.Buffer.Start);
                return hello;
            }
            var isTooLong = result.Buffer.Length > LongestHello;
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled || isTooLong)
            {
                return null;
            }
        }
    }

    /// <summary>Says that nothing follows (RFC 8446 §6.1), so that an answer that was cut is not taken for a whole one.</summary>
    private static async Task EndAsync(SslStream tls, TlsTransport inside)
    {
        try
        {
            await inside.Input.CompleteAsync();
            await inside.Output.CompleteAsync();
            await tls.ShutdownAsync();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException
            or OperationCanceledException)
        {
            // Nobody is there to hear it.
        }
    }

    /// <summary>Disposes of it. What it would still send then is for nobody when the client has left.</summary>
    private readonly struct Closing(SslStream tls) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await tls.DisposeAsync();
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException
                or OperationCanceledException)
            {
                // As in EndAsync.
            }
        }
    }

    private static string Why(Exception error) => error is OperationCanceledException ? "it took too long"
        : error.InnerException?.Message ?? error.Message;
}
