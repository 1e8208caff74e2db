using System.Diagnostics;
using System.Runtime.CompilerServices;
using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>What happens to a request, in order: checks, request id, health paths, trusted proxies, routing, the application, access log, error page.</summary>
/// <remarks>Kestrel calls it directly: no middleware, no HttpContext. It runs on an event loop's thread, so nothing here may
/// block.</remarks>
internal sealed class FrontApplication(HttpSettings settings, AppHandler app, Mount mount, AccessLog? accessLog, ILogger log) : IHttpApplication<RequestContext>
{
    private readonly ClientTally? clients = settings.MaxClientRequests == 0 ? null : new ClientTally(settings.MaxClientRequests);
    private readonly RefusalLog refusals = new(TimeProvider.System);
    private readonly HealthPaths health = new(settings, app);

    /// <summary>What clients get where no application answers.</summary>
    internal ErrorPageSet Pages { get; } = new(settings.ErrorPages);

    /// <summary>How requests ended.</summary>
    internal FailureTally Failures { get; } = new();

    private readonly string scriptName = System.Text.Encoding.Latin1.GetString(mount.ScriptName);

    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is IHostContextContainer<RequestContext> container)
        {
            return container.HostContext ??= new RequestContext(contextFeatures, app.NewExchange());
        }
        return new RequestContext(contextFeatures, app.NewExchange());
    }

    public void DisposeContext(RequestContext context, Exception? exception)
    {
    }

    public Task ProcessRequestAsync(RequestContext context)
    {
        var begun = accessLog is null ? 0 : Stopwatch.GetTimestamp();
        var failure = Read(context);
        if (failure != RequestFailure.None && context.IsStream)
        {
            context.HoldRefused();
        }
        if (context.Health != HealthPath.None)
        {
            return health.AnswerAsync(context, context.Health);
        }
        if (failure == RequestFailure.None && clients is not null)
        {
            failure = clients.TryEnter(context.Origin.Client, out var place) ? RequestFailure.None : RequestFailure.TooManyOfClient;
            context.ClientPlace = place;
        }
        var answered = failure == RequestFailure.None ? RunAsync(context) : FailAsync(context, failure);
        return accessLog is null ? answered : LogAsync(context, begun, answered);
    }

    private async Task RunAsync(RequestContext context)
    {
        try
        {
            var exchange = context.Exchange;
            if ((context.BodyDetection?.CanHaveBody ?? true) && !settings.BufferRequests)
            {
                var length = context.Request.Headers.ContentLength;
                if (length > settings.MaxBodySize)
                {
                    await FailAsync(context, RequestFailure.BodyTooLarge);
                    return;
                }
                exchange.Head.SetContentLength(length ?? -1);
                exchange.Streamed = new StreamedRequestBody(context.RequestBody, settings.MaxBodySize, settings.BodyTimeout);
            }
            else if (context.BodyDetection?.CanHaveBody ?? true)
            {
                var failure = await ReadBodyAsync(context);
                if (failure != RequestFailure.None)
                {
                    exchange.Body.Dispose();
                    await FailAsync(context, failure);
                    return;
                }
            }
            var leaving = context.IsStream
                ? context.Lifetime.RequestAborted.UnsafeRegister(static e => ((AppExchange)e!).ClientLeft(), exchange)
                : default;
            await exchange.RunAsync(context.Response, context.ResponseBody.Writer);
            await leaving.DisposeAsync();
            if (exchange.Failure == RequestFailure.None)
            {
                Failures.Answered(context.Response.StatusCode);
            }
            else if (exchange.HasHead && (context.Response.HasStarted || exchange.BytesSent > 0
                || exchange is { IsWhole: true, Failure: RequestFailure.WorkerDied }))
            {
                Tell(context, exchange.Failure, cut: true);
                await CutAsync(context);
            }
            else
            {
                await FailAsync(context, exchange.Failure);
            }
        }
        finally
        {
            clients?.Leave(context.ClientPlace);
        }
    }

    private static async ValueTask<RequestFailure> ReadBodyAsync(RequestContext context)
    {
        var body = context.Exchange.Body;
        try
        {
            var failure = await body.ReadAsync(context.RequestBody, context.Request.Headers.ContentLength, context.Lifetime.RequestAborted);
            context.Exchange.Head.SetContentLength(body.Length);
            if (failure == RequestFailure.None)
            {
                context.HeadWatch?.BodyEnded();
            }
            return failure == RequestFailure.None && !context.TrailersAreAcceptable ? RequestFailure.BadRequest : failure;
        }
        catch (Exception error) when (FailureRule.FromBody(error) is { } failure)
        {
            return failure;
        }
    }

    /// <summary>Reads the head once, and writes it down in the form the worker gets.</summary>
    private RequestFailure Read(RequestContext context)
    {
        context.Health = HealthPath.None;
        var request = context.Request;
        var version = VersionOf(request.Protocol);
        var trusted = settings.TrustedProxies.Trusts(context.Peer);
        var fields = context.Fields;
        string? connectionOptions = null;
        var strict = context.HeadWatch?.Take(context.BodyDetection?.CanHaveBody ?? true, request.Headers.ContentLength is not null, out connectionOptions) ?? true;
        var failure = fields.Read(request.Headers, version, trusted, settings.LimitRequestFieldSize, connectionOptions, settings.LimitRequestFields);
        context.Exchange.RequestId = (fields.RequestId is null ? RequestId.Next() : RequestId.FromTrusted(fields.RequestId)).ToString();
        if (failure != RequestFailure.None)
        {
            return failure;
        }
        if (!strict || !RequestMethod.IsAcceptable(request.Method))
        {
            return strict && request.Method == RequestMethod.Connect ? RequestFailure.NotImplemented : RequestFailure.BadRequest;
        }
        var raw = request.RawTarget;
        if (raw.Length > settings.LimitRequestLine)
        {
            return RequestFailure.UriTooLong;
        }
        context.ReserveScratch(RequestTarget.ScratchSize(raw));
        if (!RequestTarget.TryRead(raw, context.Scratch, out var target))
        {
            return RequestFailure.BadRequest;
        }
        context.Health = health.Match(request.Method, target.Path);
        if (context.Health != HealthPath.None)
        {
            return RequestFailure.None;
        }
        if (!mount.TryMatch(target.Path, out var pathInfo))
        {
            return RequestFailure.NotFound;
        }
        Write(context, version, trusted, target, pathInfo);
        if (fields.IsWebSocket)
        {
            app.Notices.WebSocket(context.Exchange);
        }
        return context.HoldHead(context.Exchange.Head.Length) ? RequestFailure.None : RequestFailure.NoMemory;
    }

    private void Write(RequestContext context, Channel.HttpVersion version, bool trusted, in RequestTarget target, ReadOnlySpan<byte> pathInfo)
    {
        var request = context.Request;
        var exchange = context.Exchange;
        // RFC 9112 §3.2.2: the absolute form names the host; where there is a Host field too, Kestrel has seen that they agree.
        var fields = context.Fields;
        var host = fields.Host ?? (target.Authority.IsEmpty ? null : target.Authority.ToString());
        var origin = Forwarded.Apply(context.Direct(host, trusted), fields.Forwarded, settings.TrustedProxies);
        if (origin.Host is not null && !ReferenceEquals(origin.Host, fields.Host))
        {
            fields.ReplaceHost(origin.Host);
        }
        context.Origin = origin;
        exchange.Route = RoutePredictor.RouteOf(request.Method, target.Path);
        exchange.Idempotent = settings.Replay && request.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE";
        exchange.Head.Begin(new RequestLine
        {
            Method = request.Method,
            Version = version,
            Https = origin.Https,
            PeerPort = origin.Port,
            ServerPort = origin.ServerPort,
            // A body's length is told when it has been read; "Content-Length: 0" is no body that anybody reads.
            ContentLength = request.Headers.ContentLength == 0 ? 0 : -1,
            Target = target.Raw,
            QueryStart = target.QueryStart < 0 ? Wire.NoQuery : target.QueryStart,
            Path = pathInfo,
            ScriptName = origin.Prefix.Length == 0 ? scriptName : origin.Prefix + scriptName,
            PeerAddress = origin.Address,
            ServerName = context.ServerName,
            RequestId = exchange.RequestId,
        });
        foreach (ref readonly var field in fields.Kept)
        {
            if (field.Id == RequestHeaders.IdempotencyKey && settings.ReplayIdempotencyKey)
            {
                exchange.Idempotent = settings.Replay;
            }
            if (field.Id != 0)
            {
                exchange.Head.Header(field.Id, field.Value);
            }
            else
            {
                exchange.Head.Header(field.Name, field.Value);
            }
        }
        exchange.Head.End();
    }

    private async Task FailAsync(RequestContext context, RequestFailure failure)
    {
        var request = context.Request;
        var exchange = context.Exchange;
        exchange.Failure = failure;
        Tell(context, failure);
        if (failure == RequestFailure.ClientLeft)
        {
            context.Lifetime.Abort();
            return;
        }
        // The page is sent whole before what is left of a refused body is drained, or a client that is still sending would never see it.
        exchange.BytesSent = ErrorPages.Write(request, context.Response, context.ResponseBody.Writer, failure, exchange.RequestId, Pages);
        await context.ResponseBody.Writer.FlushAsync();
    }

    /// <summary>The client has been promised more than there is: it gets what there is, and then an end that cannot be taken for the answer's.</summary>
    private static async Task CutAsync(RequestContext context)
    {
        if (context.Exchange.Failure == RequestFailure.ClientLeft)
        {
            context.Lifetime.Abort();
            return;
        }
        await context.ResponseBody.Writer.FlushAsync();
        if (context.Exchange.IsWhole)
        {
            return;
        }
        if (context.IsStream)
        {
            // RST_STREAM, which would take the place of what Kestrel has not written yet.
            await (context.Streams?.DeliveredAsync(context.StreamId, context.Exchange.BytesSent, context.Lifetime.RequestAborted) ?? Task.CompletedTask);
            context.Lifetime.Abort();
            return;
        }
        if (context.Request.Protocol == "HTTP/1.0" && context.Response.Headers.ContentLength is null)
        {
            // Where the end of the connection is the end of the answer, a FIN would say that it is whole. A reset must not overtake the bytes.
            await (context.Client?.DeliveredAsync() ?? Task.CompletedTask);
            context.Lifetime.Abort();
            return;
        }
        // Kestrel then ends the connection by FIN, without the last chunk.
        throw new AnswerCutException();
    }

    /// <summary>Every request that failed is counted and told of here, once, whether its client got a page or a part of an answer.</summary>
    private void Tell(RequestContext context, RequestFailure failure, bool cut = false)
    {
        Failures.Count(failure);
        if (!refusals.MayTell(failure, out var before))
        {
            return;
        }
        if (before > 0)
        {
            log.RefusalsPassedOver(before);
        }
        var (request, exchange, rule) = (context.Request, context.Exchange, FailureRule.Of(failure));
        if (cut)
        {
            log.AnswerCut(rule.Level, request.Method, request.RawTarget, exchange.BytesSent, rule.Status, rule.Label, exchange.RequestId);
        }
        else
        {
            log.RequestFailed(rule.Level, request.Method, request.RawTarget, rule.Status, rule.Label, exchange.RequestId);
        }
    }

    private async Task LogAsync(RequestContext context, long begun, Task answered)
    {
        try
        {
            await answered;
        }
        finally
        {
            var request = context.Request;
            var exchange = context.Exchange;
            accessLog!.Write(new AccessLogEntry
            {
                Remote = context.Origin.Address ?? context.PeerAddress,
                Method = request.Method,
                Target = request.RawTarget,
                Protocol = request.Protocol,
                Status = exchange.Failure == RequestFailure.None ? context.Response.StatusCode : FailureRule.Of(exchange.Failure).Status,
                Bytes = exchange.BytesSent,
                Referer = request.Headers.Referer,
                UserAgent = request.Headers.UserAgent,
                RequestId = exchange.RequestId,
                QueueMicroseconds = exchange.QueuedMicroseconds,
                AppMicroseconds = exchange.RanMicroseconds,
                TotalMicroseconds = (long)Stopwatch.GetElapsedTime(begun).TotalMicroseconds,
                WorkerPid = exchange.WorkerPid,
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Channel.HttpVersion VersionOf(string protocol) => protocol switch
    {
        "HTTP/1.1" => Channel.HttpVersion.Http11,
        "HTTP/1.0" => Channel.HttpVersion.Http10,
        "HTTP/3" => Channel.HttpVersion.Http3,
        _ => Channel.HttpVersion.Http2,
    };
}
