using System.Net;
using System.Text;
using Hotplate.Routing;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Tests.Fixtures;

/// <summary>A request for a handler, and what it answered, in memory.</summary>
internal sealed class AskedVisit : Visit
{
    private readonly MemoryStream body;
    private readonly byte[] path;

    private AskedVisit(FeatureCollection features, MemoryStream body, string method, string target)
        : base(features)
    {
        this.body = body;
        Target = target;
        Request.Method = method;
        var scratch = new byte[RequestTarget.ScratchSize(target)];
        Assert.True(RequestTarget.TryRead(target, scratch, out var read));
        path = read.Path.ToArray();
    }

    internal static AskedVisit Of(string method, string target, params (string Name, string Value)[] headers)
    {
        var answer = new MemoryStream();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature());
        features.Set<IHttpResponseFeature>(new StartedResponse());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        var visit = new AskedVisit(features, answer, method, target);
        foreach (var (name, value) in headers)
        {
            visit.Request.Headers.Append(name, value);
        }
        return visit;
    }

    internal override ReadOnlyMemory<byte> Path => path;

    internal override string Target { get; }

    internal override RequestFailure Failure { get; set; }

    internal override long BytesSent { get; set; }

    internal override string RequestId => "id";

    internal override bool IsHttps => Https;

    internal bool Https { get; set; }

    internal override string? Host => Request.Headers.Host.ToString() is { Length: > 0 } host ? host : null;

    internal override IPAddress? Client => IPAddress.Loopback;

    internal override CancellationToken Left => CancellationToken.None;

    internal int Status => Response.StatusCode;

    internal IHeaderDictionary Answer => Response.Headers;

    internal string Body => Encoding.UTF8.GetString(body.ToArray());

    /// <summary>Routes it, and has it handled to the end.</summary>
    internal async Task<AskedVisit> ByAsync(Handler handler, RouteTable? routes = null)
    {
        Match = routes?.Match(new RouteQuery { Path = path, Method = Request.Method }) ?? default;
        await handler.HandleAsync(this);
        await ResponseBody.Writer.FlushAsync(TestContext.Current.CancellationToken);
        await ((StartedResponse)Response).StartAsync();
        return this;
    }

    private sealed class StartedResponse : HttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> starting = new();

        public override void OnStarting(Func<object, Task> callback, object state) => starting.Push((callback, state));

        internal async Task StartAsync()
        {
            while (starting.TryPop(out var one))
            {
                await one.Callback(one.State);
            }
        }
    }
}
