using System.Diagnostics;
using System.Runtime.CompilerServices;
using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Sites;
using Hotplate.Workers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>What happens to a request, in order: checks, request id, health paths, trusted proxies, routing, limits, the application,
/// access log, error page.</summary>
/// <remarks>Kestrel calls it directly: no middleware, no HttpContext. It runs on an event loop's thread, so nothing here may
/// block.</remarks>
internal sealed class FrontApplication(HttpSettings settings, CurrentSite site, AccessLog? accessLog, ILogger log)
    : IHttpApplication<RequestContext>
{
    private readonly ClientTally? clients = settings.MaxClientRequests == 0 ? null : new ClientTally(settings.MaxClientRequests);
    private readonly AllowedHosts? hosts = AllowedHosts.Of(settings.Hosts);
    private readonly AnswerFields? added = AnswerFields.Of(settings);
    private readonly RefusalLog refusals = new(TimeProvider.System);
    private readonly HealthPaths health = new(settings, site);

    /// <summary>What clients get where no application answers.</summary>
    internal ErrorPageSet Pages { get; } = new(settings.ErrorPages);

    /// <summary>How those requests ended that no route took.</summary>
    internal AnswerTally Unrouted { get; } = new("", "");

    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is IHostContextContainer<RequestContext> container)
        {
            return container.HostContext ??= new RequestContext(contextFeatures, this);
        }
        return new RequestContext(contextFeatures, this);
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
        added?.OnAnswer(context);
        if (failure == RequestFailure.None && clients is not null)
        {
            failure = clients.TryEnter(context.Origin.Client, out var place) ? RequestFailure.None : RequestFailure.TooManyOfClient;
            context.ClientPlace = place;
        }
        var answered = failure != RequestFailure.None ? FailAsync(context, failure)
            : context.Exchange is not null ? RunAsync(context)
            : HandleAsync(context);
        return accessLog is null ? answered : accessLog.AfterAsync(context, begun, answered);
    }

    private async Task RunAsync(RequestContext context)
    {
        try
        {
            var exchange = context.Exchange!;
            var http = exchange.App.Http;
            if ((context.BodyDetection?.CanHaveBody ?? true) && !http.BufferRequests)
            {
                var length = context.Request.Headers.ContentLength;
                if (length > http.MaxBodySize)
                {
                    await FailAsync(context, RequestFailure.BodyTooLarge);
                    return;
                }
                exchange.Head.SetContentLength(length ?? -1);
                exchange.Streamed = new StreamedRequestBody(context.RequestBody, http.MaxBodySize, http.BodyTimeout);
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
            context.BytesSent = exchange.BytesSent;
            if (exchange.Failure == RequestFailure.None)
            {
                context.Tally.Answered(context.Response.StatusCode);
            }
            else if (exchange.HasHead && (context.Response.HasStarted || exchange.BytesSent > 0
                || exchange is { IsWhole: true, Failure: RequestFailure.WorkerDied }))
            {
                context.Failure = exchange.Failure;
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

    /// <summary>What is no application's alone: files, redirects, fixed answers, shares.</summary>
    private async Task HandleAsync(RequestContext context)
    {
        try
        {
            await context.Match.Route!.Handler!.HandleAsync(context);
            if (context.Exchange is not null)
            {
                return;
            }
            if (context.Failure == RequestFailure.None)
            {
                context.Tally.Answered(context.Response.StatusCode);
            }
            else if (context.Response.HasStarted || context.BytesSent > 0)
            {
                Tell(context, context.Failure, cut: true);
                await CutAsync(context);
            }
            else
            {
                await FailAsync(context, context.Failure);
            }
        }
        finally
        {
            // Where an application answered, its own way has done so.
            if (context.Exchange is null)
            {
                clients?.Leave(context.ClientPlace);
            }
        }
    }

    /// <summary>A handler has found that the request is an application's.</summary>
    internal Task AnswerByAsync(RequestContext context, AppRoute route)
    {
        context.Tally = route.Tally;
        var request = context.Request;
        // It was read before, and the handler may be on another thread by now: nothing of that time is left but what the context keeps.
        context.Failure = RequestTarget.TryRead(request.RawTarget, context.Scratch, out var target)
            ? HeadWriter.GiveTo(context, route.App, VersionOf(request.Protocol), target)
            : RequestFailure.BadRequest;
        if (context.Failure == RequestFailure.None)
        {
            return RunAsync(context);
        }
        context.TakeBack();
        return Task.CompletedTask;
    }

    private static async ValueTask<RequestFailure> ReadBodyAsync(RequestContext context)
    {
        var body = context.Exchange!.Body;
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
        context.Begin((fields.RequestId is null ? RequestId.Next() : RequestId.FromTrusted(fields.RequestId)).ToString(), Unrouted);
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
        ReadOrigin(context, trusted, target);
        if (hosts?.Allow(context.Origin.Host) == false)
        {
            return RequestFailure.Misdirected;
        }
        var now = site.Now;
        var to = now.Rest;
        if (now.Routes is { } routes)
        {
            context.Take(RouteFinder.Find(context, routes, target), target.Path.Length);
        }
        var route = context.Match.Route;
        if (route is not null)
        {
            to = route.Handler as AppRoute;
            if (route.Settings.ResponseHeaders is not null)
            {
                HeaderChanges.OnAnswer(context);
            }
        }
        context.Tally = to?.Tally ?? route?.Tally ?? Unrouted;
        if (now.Limits is { } limits && !RouteFinder.TryPass(context, limits, route?.AppNames ?? to?.App.Name ?? "", target))
        {
            return RequestFailure.RateLimited;
        }
        if (route?.Settings.RequestHeaders is { } edits)
        {
            HeaderChanges.Apply(edits, request.Headers, context);
            failure = fields.Read(
                request.Headers, version, trusted, settings.LimitRequestFieldSize, connectionOptions, settings.LimitRequestFields);
            if (failure != RequestFailure.None)
            {
                return failure;
            }
            ReplaceHost(context);
        }
        return to is not null ? HeadWriter.GiveTo(context, to.App, version, target)
            : route is not null ? RequestFailure.None
            : RequestFailure.NotFound;
    }

    /// <summary>Who asks, and for which host, as far as proxies are believed.</summary>
    private void ReadOrigin(RequestContext context, bool trusted, in RequestTarget target)
    {
        // RFC 9112 §3.2.2: the absolute form names the host; where there is a Host field too, Kestrel has seen that they agree.
        var fields = context.Fields;
        var host = fields.Host ?? (target.Authority.IsEmpty ? null : target.Authority.ToString());
        var origin = Forwarded.Apply(context.Direct(host, trusted), fields.Forwarded, settings.TrustedProxies);
        context.Origin = origin;
        ReplaceHost(context);
    }

    private static void ReplaceHost(RequestContext context)
    {
        if (context.Origin.Host is { } host && !ReferenceEquals(host, context.Fields.Host))
        {
            context.Fields.ReplaceHost(host);
        }
    }

    private async Task FailAsync(RequestContext context, RequestFailure failure)
    {
        context.Failure = failure;
        Tell(context, failure);
        if (failure == RequestFailure.ClientLeft)
        {
            context.Lifetime.Abort();
            return;
        }
        // The page is sent whole before what is left of a refused body is drained, or a client that is still sending would never see it.
        var writer = context.ResponseBody.Writer;
        context.BytesSent = ErrorPages.Write(context.Request, context.Response, writer, failure, context.RequestId, Pages);
        if (failure == RequestFailure.RateLimited)
        {
            context.TellLimit();
        }
        await writer.FlushAsync();
    }

    /// <summary>The client has been promised more than there is: it gets what there is, and then an end that cannot be taken for the answer's.</summary>
    private static async Task CutAsync(RequestContext context)
    {
        if (context.Failure == RequestFailure.ClientLeft)
        {
            context.Lifetime.Abort();
            return;
        }
        await context.ResponseBody.Writer.FlushAsync();
        if (context.Exchange is { IsWhole: true })
        {
            return;
        }
        if (context.IsStream)
        {
            // RST_STREAM, which would take the place of what Kestrel has not written yet.
            var aborted = context.Lifetime.RequestAborted;
            await (context.Streams?.DeliveredAsync(context.StreamId, context.BytesSent, aborted) ?? Task.CompletedTask);
            context.Lifetime.Abort();
            return;
        }
        if (context.Request.Protocol == "HTTP/1.0" && context.Response.Headers.ContentLength is null)
        {
            // Where the end of the connection is the end of the answer, a FIN would say that it is whole. A reset must not overtake the bytes.
            await (context.Watch?.DeliveredAsync() ?? Task.CompletedTask);
            context.Lifetime.Abort();
            return;
        }
        // Kestrel then ends the connection by FIN, without the last chunk.
        throw new AnswerCutException();
    }

    /// <summary>Every request that failed is counted and told of here, once, whether its client got a page or a part of an answer.</summary>
    private void Tell(RequestContext context, RequestFailure failure, bool cut = false)
    {
        context.Tally.Count(failure);
        if (!refusals.MayTell(failure, out var before))
        {
            return;
        }
        if (before > 0)
        {
            log.RefusalsPassedOver(before);
        }
        var (request, id, rule) = (context.Request, context.RequestId, FailureRule.Of(failure));
        if (cut)
        {
            log.AnswerCut(rule.Level, request.Method, request.RawTarget, context.BytesSent, rule.Status, rule.Label, id);
        }
        else
        {
            log.RequestFailed(rule.Level, request.Method, request.RawTarget, rule.Status, rule.Label, id);
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
