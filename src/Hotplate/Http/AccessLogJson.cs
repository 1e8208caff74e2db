using Hotplate.Routing;

namespace Hotplate.Http;

/// <summary>Writes a request as a JSON object, with the names of OpenTelemetry's semantic conventions and, where they have none,
/// ours.</summary>
/// <remarks>What is not known is not there. https://opentelemetry.io/docs/specs/semconv/registry/attributes, as of 1.37.</remarks>
internal static class AccessLogJson
{
    /// <summary>Most bytes of a line beside its texts: names and numbers.</summary>
    internal const int LongestFrame = 1536;

    internal static void Write(ref EscapedLine line, in AccessLogEntry entry, AccessLogClock clock)
    {
        line.Raw("{\"time\":\""u8);
        line.Raw(clock.Now(out var millisecond));
        line.Raw("."u8);
        line.Digits(millisecond, 3);
        line.Raw("Z\",\"http.response.status_code\":"u8);
        line.Number(entry.Status);
        Text(ref line, ",\"client.address\":"u8, entry.Remote);
        Text(ref line, ",\"http.request.method\":"u8, entry.Method);
        WriteTarget(ref line, entry);
        if (entry.RequestHeaders is not null)
        {
            Text(ref line, ",\"url.scheme\":"u8, entry.IsHttps ? "https" : "http");
            Text(ref line, ",\"server.address\":"u8, HostName.Of(entry.Host, stackalloc char[HostName.ScratchSize]));
        }
        if (entry.Protocol.StartsWith("HTTP/", StringComparison.Ordinal))
        {
            Text(ref line, ",\"network.protocol.version\":"u8, entry.Protocol.AsSpan("HTTP/".Length));
        }
        line.Raw(",\"http.response.body.size\":"u8);
        line.Number(entry.Bytes);
        line.Raw(",\"http.server.request.duration\":"u8);
        line.Seconds(entry.TotalMicroseconds);
        Text(ref line, ",\"user_agent.original\":"u8, entry.UserAgent);
        if (!string.IsNullOrEmpty(entry.Referer))
        {
            // A field may stand several times, so that the conventions have arrays.
            line.Raw(",\"http.request.header.referer\":["u8);
            line.Json(entry.Referer);
            line.Raw("]"u8);
        }
        if (entry.TlsVersion.StartsWith("TLSv", StringComparison.Ordinal))
        {
            Text(ref line, ",\"tls.protocol.version\":"u8, entry.TlsVersion.AsSpan("TLSv".Length));
            Text(ref line, ",\"tls.client.server_name\":"u8, entry.ServerName);
        }
        Text(ref line, ",\"error.type\":"u8, entry.Failure);
        WriteOurs(ref line, entry);
        line.Raw("}"u8);
    }

    private static void WriteTarget(ref EscapedLine line, in AccessLogEntry entry)
    {
        if (!entry.Target.StartsWith('/') && entry.Target != "*")
        {
            // With a proxy's form of it, "http://host/path", the conventions mean something else by a path.
            Text(ref line, ",\"url.full\":"u8, entry.Target);
            return;
        }
        var question = entry.Target.IndexOf('?', StringComparison.Ordinal);
        Text(ref line, ",\"url.path\":"u8, question < 0 ? entry.Target : entry.Target.AsSpan(0, question));
        if (question >= 0)
        {
            Text(ref line, ",\"url.query\":"u8, entry.Target.AsSpan(question + 1));
        }
    }

    private static void WriteOurs(ref EscapedLine line, in AccessLogEntry entry)
    {
        Text(ref line, ",\"hotplate.request_id\":"u8, entry.RequestId);
        Text(ref line, ",\"hotplate.app\":"u8, entry.App);
        Text(ref line, ",\"hotplate.route\":"u8, entry.Route);
        if (entry.WorkerPid != 0)
        {
            line.Raw(",\"hotplate.worker.pid\":"u8);
            line.Number(entry.WorkerPid);
            line.Raw(",\"hotplate.queue.duration\":"u8);
            line.Seconds(entry.QueueMicroseconds);
            line.Raw(",\"hotplate.app.duration\":"u8);
            line.Seconds(entry.AppMicroseconds);
        }
    }

    /// <param name="name">With what stands before and behind it.</param>
    private static void Text(ref EscapedLine line, ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> value)
    {
        // "-" is what a refused head has where something could not be made out.
        if (!value.IsEmpty && value is not "-")
        {
            line.Raw(name);
            line.Json(value);
        }
    }
}
