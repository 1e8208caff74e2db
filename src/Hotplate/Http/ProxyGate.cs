using System.Net;
using Hotplate.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Hotplate.Http;

/// <summary>Lets in who is allowed to and begins with a header of the PROXY protocol; what follows sees the address that it names as the
/// peer's.</summary>
/// <remarks>
/// It stands before TLS and HTTP. The address is all that is taken: whoever speaks HTTP is whom the header names, so that one's
/// X-Forwarded-… fields are believed if that address is trusted, and not because the proxy is.
/// </remarks>
/// <param name="allowed">Who may connect.</param>
/// <param name="timeout">For the whole header.</param>
internal sealed class ProxyGate(TrustedProxies allowed, TimeSpan timeout, ILogger log)
{
    private static readonly string[] Labels = ["not_allowed", "bad_header", "too_slow"];
    private readonly long[] refused = new long[Labels.Length];
    private int told;

    private enum Refusal
    {
        NotAllowed,
        BadHeader,
        TooSlow,
    }

    /// <summary>Connections that were closed, by why.</summary>
    internal IEnumerable<KeyValuePair<string, long>> Refused =>
        Labels.Select((label, i) => KeyValuePair.Create(label, Interlocked.Read(ref refused[i])));

    /// <summary>Connection middleware.</summary>
    internal ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        if (!allowed.Trusts((connection.RemoteEndPoint as IPEndPoint)?.Address))
        {
            Refuse(connection, Refusal.NotAllowed, "it is not in --proxy-allow-from");
        }
        else if (await TryReadAsync(connection))
        {
            await next(connection);
        }
    };

    private async Task<bool> TryReadAsync(ConnectionContext connection)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default);
        patience.CancelAfter(timeout);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(patience.Token);
                var sent = result.Buffer;
                var state = ProxyHeader.Read(sent, out var length, out var source);
                if (state == ProxyHeaderState.Whole)
                {
                    if (source is not null && !IsOfAnotherLoopback(source, connection.RemoteEndPoint as IPEndPoint))
                    {
                        connection.RemoteEndPoint = source;
                    }
                    input.AdvanceTo(sent.GetPosition(length));
                    return true;
                }
                var isOver = state == ProxyHeaderState.Wrong || result.IsCompleted || result.IsCanceled;
                // Who connects and says nothing looks whether somebody is there.
                if (isOver && !sent.IsEmpty)
                {
                    Refuse(connection, Refusal.BadHeader, "it does not begin with a header of the PROXY protocol");
                }
                input.AdvanceTo(isOver ? sent.End : sent.Start, sent.End);
                if (isOver)
                {
                    return false;
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            Refuse(connection, Refusal.TooSlow, "the header of the PROXY protocol did not come");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It has left.
        }
        return false;
    }

    /// <summary>The proxy's own machine is meant, which is not this one: the proxy's address says which it is.</summary>
    private static bool IsOfAnotherLoopback(IPEndPoint source, IPEndPoint? proxy) =>
        IPAddress.IsLoopback(source.Address) && proxy is not null && !IPAddress.IsLoopback(proxy.Address);

    private void Refuse(ConnectionContext connection, Refusal why, string reason)
    {
        Interlocked.Increment(ref refused[(int)why]);
        // The first is told to who sets it up; later ones may be anybody's.
        var level = Interlocked.Exchange(ref told, 1) == 0 ? LogLevel.Warning : LogLevel.Debug;
        log.ProxyRefused(level, (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "a Unix socket", reason);
    }
}
