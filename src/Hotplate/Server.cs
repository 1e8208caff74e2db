using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Apps;
using Hotplate.Http;
using Hotplate.Observability;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hotplate;

/// <summary>Every room, composed once, in reading order; then the life of the server from start to stop.</summary>
internal static class Server
{
    internal static async Task<int> RunAsync(ServerSettings settings)
    {
        ILogger log = NullLogger.Instance;
        var time = TimeProvider.System;
        using var output = new OutputPump();
        using var pool = new WorkerPool(settings.Workers, time, log);
        await using var supervisor = new Supervisor(
            settings.App, settings.Workers, WorkerFiles.Find(), pool, output, Console.Out.WriteLine, Console.Error.WriteLine, time, log);
        pool.Logged = (_, _, _, text) => Console.Error.WriteLine(text);
        supervisor.Start();

        var spool = new SpoolDirectory(Path.GetTempPath(), quota: 16L << 30);
        var app = new AppHandler(settings.App, settings.Http, pool, spool);
        var front = new FrontApplication(settings.Http, app, new Mount(settings.App.Mount), log);
        using var kestrel = Kestrel(settings);
        await kestrel.StartAsync(front, CancellationToken.None);

        var stop = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult(0);
        }
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        var first = await Task.WhenAny(supervisor.Started, stop.Task);
        var code = await first;
        if (first == supervisor.Started && code == 0)
        {
            foreach (var bind in settings.Binds)
            {
                await Console.Error.WriteLineAsync($"Listening at: http://{bind.Text}");
            }
            await stop.Task;
        }
        pool.Stop();
        using var patience = new CancellationTokenSource(settings.GracefulTimeout);
        await kestrel.StopAsync(patience.Token);
        await supervisor.StopAsync(settings.GracefulTimeout);
        return code;
    }

    private static KestrelServer Kestrel(ServerSettings settings)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = new NoServices() };
        options.Limits.MaxRequestBodySize = null;
        options.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        options.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        foreach (var bind in settings.Binds)
        {
            options.Listen(bind.EndPoint!, listen => listen.Protocols = bind.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        }
        var transport = new SocketTransportOptions
        {
            UnsafePreferInlineScheduling = true,
            IOQueueCount = 1,
            WaitForDataBeforeAllocatingBuffer = false,
            Backlog = 2048,
        };
        var loggers = NullLoggerFactory.Instance;
        return new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(transport), loggers), loggers);
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
