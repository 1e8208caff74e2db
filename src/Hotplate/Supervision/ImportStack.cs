namespace Hotplate.Supervision;

/// <summary>Where an import stands, from what faulthandler wrote.</summary>
/// <param name="Text">Places of the application's, the innermost first.</param>
/// <param name="Serves">A server of the application's own runs in it: app.run() at module level.</param>
internal sealed record ImportStack(string Text, bool Serves)
{
    private const int MostPlaces = 12;

    private static readonly string[] Servers =
    [
        "werkzeug/serving.py", "wsgiref/simple_server.py", "/socketserver.py", "gevent/baseserver.py", "gevent/pywsgi.py", "waitress/server.py", "cheroot/server.py",
        "uvicorn/server.py", "hypercorn/run.py", "eventlet/wsgi.py", "tornado/ioloop.py", "aiohttp/web.py", "gunicorn/arbiter.py",
    ];

    /// <param name="text">Of each thread "Current thread 0x… (most recent call first):" or "Thread 0x… …:", its places, an empty line.</param>
    internal static ImportStack Read(string text)
    {
        var all = text.Split('\n');
        // The thread that imports is the last: threads are told from the youngest to the oldest.
        var start = Array.FindLastIndex(all, static line => line.EndsWith("(most recent call first):", StringComparison.Ordinal));
        var places = all.Skip(start + 1).TakeWhile(static line => line.StartsWith("  File ", StringComparison.Ordinal)).ToList();
        var shown = places.Where(static line => !IsMachinery(line)).Take(MostPlaces);
        return new ImportStack(string.Join('\n', shown), Array.Exists(Servers, server => Runs(server, places)));
    }

    /// <summary>A server that is itself being imported, as Flask has werkzeug's, does not run.</summary>
    private static bool Runs(string server, List<string> places)
    {
        var within = places.FindAll(line => line.Contains(server + '"', StringComparison.Ordinal));
        return within.Count > 0 && !within.Exists(static line => line.EndsWith(" in <module>", StringComparison.Ordinal));
    }

    private static bool IsMachinery(string line) => line.Contains("<frozen ", StringComparison.Ordinal) || line.Contains("/hotplate_worker/", StringComparison.Ordinal);
}
