using System.Diagnostics;
using Hotplate.Apps;
using Hotplate.Workers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>Around the front with <c>hotplate dev</c>: while code is loaded requests wait for it, and while it is broken they are told why.</summary>
internal sealed class DevelopmentApplication(FrontApplication front, CodeInProgress code, AccessLog? accessLog) : IHttpApplication<RequestContext>
{
    public RequestContext CreateContext(IFeatureCollection contextFeatures) => front.CreateContext(contextFeatures);

    public void DisposeContext(RequestContext context, Exception? exception) => front.DisposeContext(context, exception);

    public Task ProcessRequestAsync(RequestContext context) => code.IsSound ? front.ProcessRequestAsync(context) : WaitAsync(context);

    private async Task WaitAsync(RequestContext context)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            await code.Settled.WaitAsync(context.Lifetime.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        if (code.Failure is not { } failure)
        {
            await front.ProcessRequestAsync(context);
            return;
        }
        if (TracebackPage.MayBeShown(context.Peer, context.Request.Headers))
        {
            await TracebackPage.WriteAsync(context.Request, context.Response, context.ResponseBody.Writer, failure);
        }
        else
        {
            _ = ErrorPages.Write(context.Request, context.Response, context.ResponseBody.Writer, RequestFailure.Stopping, RequestId.Next().ToString(), front.Pages);
            await context.ResponseBody.Writer.FlushAsync();
        }
        Log(context, begun);
    }

    private void Log(RequestContext context, long begun)
    {
        // The page asks every second whether it is out of date; nobody wants to read that.
        if (context.Request.Method != "HEAD")
        {
            accessLog?.Write(new AccessLogEntry
            {
                Remote = context.PeerAddress,
                Method = context.Request.Method,
                Target = context.Request.RawTarget,
                Protocol = context.Request.Protocol,
                Status = context.Response.StatusCode,
                RequestId = "-",
                TotalMicroseconds = (long)Stopwatch.GetElapsedTime(begun).TotalMicroseconds,
            });
        }
    }
}
