using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Routing;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>Writes down what was read of a request in the form that a worker gets.</summary>
internal static class HeadWriter
{
    /// <summary>For one of that application's.</summary>
    internal static RequestFailure GiveTo(RequestContext context, AppHandler app, Channel.HttpVersion version, in RequestTarget target)
    {
        if (!RouteFinder.TryCut(context.Match.Route, app.Mount, target.Path, out var script, out var pathInfo))
        {
            return RequestFailure.NotFound;
        }
        var exchange = context.GiveTo(app);
        Write(context, exchange, version, target, script, pathInfo);
        if (context.Fields.IsWebSocket)
        {
            app.Notices.WebSocket(exchange);
        }
        return context.HoldHead(exchange.Head.Length) ? RequestFailure.None : RequestFailure.NoMemory;
    }

    private static void Write(
        RequestContext context, AppExchange exchange, Channel.HttpVersion version, in RequestTarget target, string script,
        ReadOnlySpan<byte> pathInfo)
    {
        var request = context.Request;
        var http = exchange.App.Http;
        var origin = context.Origin;
        exchange.Route = RoutePredictor.RouteOf(request.Method, target.Path);
        exchange.Idempotent = http.Replay && request.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE";
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
            ScriptName = origin.Prefix.Length == 0 ? script : origin.Prefix + script,
            PeerAddress = origin.Address,
            ServerName = context.ServerName,
            RequestId = exchange.RequestId,
        });
        foreach (ref readonly var field in context.Fields.Kept)
        {
            if (field.Id == RequestHeaders.IdempotencyKey && http.ReplayIdempotencyKey)
            {
                exchange.Idempotent = http.Replay;
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
        foreach (var field in context.TlsFields)
        {
            exchange.Head.Header(field.Id, field.Value);
        }
        exchange.Head.End();
        if (exchange.App.Affinity is { } rule)
        {
            var query = target.QueryStart < 0 ? default : target.Raw.AsSpan(target.QueryStart);
            AffinityMark.Set(exchange, rule, query, request.Headers, origin.Address);
        }
    }
}
