using Hotplate.Channel;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Tests.Worker;

/// <summary>A request to send to a worker. Headers are by their environ keys, without HTTP_ where they have no id.</summary>
internal sealed record FarRequest
{
    public string Method { get; init; } = "GET";
    public string Target { get; init; } = "/";

    /// <summary>PATH_INFO; by default what stands before the '?'.</summary>
    public string? Path { get; init; }
    public string Mount { get; init; } = "";
    public string RequestId { get; init; } = "";
    public bool Https { get; init; }
    public Hotplate.Channel.HttpVersion Version { get; init; } = Hotplate.Channel.HttpVersion.Http11;
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [("HTTP_HOST", "localhost:8000")];
    public byte[] Body { get; init; } = [];
    public SafeFileHandle? BodyFile { get; init; }
    public long ContentLength { get; init; } = -1;

    /// <summary>The body follows in frames of its own.</summary>
    public bool BodyFollows { get; init; }
    public bool FlushFirst { get; init; }

    /// <summary>The body is these bytes of the shared memory.</summary>
    public (uint Offset, uint Length)? BodyInMemory { get; init; }

    public FrameFlags Flags =>
        (BodyFollows || BodyFile is not null ? FrameFlags.None : FrameFlags.End) | (FlushFirst ? FrameFlags.FlushFirst : FrameFlags.None)
        | (BodyInMemory is null ? FrameFlags.None : FrameFlags.BodyInMemory);

    /// <summary>The frame's payload: written here by hand, so that the tests do not share a mistake with the front.</summary>
    public byte[] Payload()
    {
        var query = Target.IndexOf('?', StringComparison.Ordinal);
        var writer = new PayloadWriter(new byte[1 << 20]);
        var method = HttpMethods.IdOf(Method);
        writer.U8(method);
        writer.U8((byte)Version);
        writer.U8(Https ? (byte)1 : (byte)0);
        writer.U8(0);
        writer.U16(50000);
        writer.U16(8000);
        writer.I64(ContentLength < 0 && Body.Length > 0 ? Body.Length : ContentLength);
        writer.U16(query < 0 ? Wire.NoQuery : (ushort)(query + 1));
        writer.U16((ushort)Headers.Count);
        writer.Latin1(method == 0 ? Method : "");
        writer.Latin1(Target);
        writer.Latin1(Path ?? (query < 0 ? Target : Target[..query]));
        writer.Latin1(Mount);
        writer.Latin1("127.0.0.1");
        writer.Latin1("localhost");
        writer.Latin1(RequestId);
        foreach (var (name, value) in Headers)
        {
            var id = Math.Max(Array.IndexOf(RequestHeaders.EnvironKeys, name), 0);
            writer.U8((byte)id);
            if (id == 0)
            {
                writer.Latin1(name);
            }
            writer.Latin1(value);
        }
        if (BodyInMemory is { } place)
        {
            writer.U32(place.Offset);
            writer.U32(place.Length);
        }
        var frame = new byte[writer.At - Wire.HeaderSize + Body.Length];
        writer.Written[Wire.HeaderSize..].CopyTo(frame);
        Body.CopyTo(frame, writer.At - Wire.HeaderSize);
        return frame;
    }
}
