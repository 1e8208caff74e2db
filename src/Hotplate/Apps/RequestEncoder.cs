using System.Text;
using Hotplate.Channel;
using Hotplate.Workers;
using HttpMethods = Hotplate.Channel.HttpMethods;

namespace Hotplate.Apps;

/// <summary>The payload of a request frame, but for the body: written once when the head has been read, copied to whichever worker runs it.</summary>
/// <remarks>Reused by its connection, so that a request costs no allocation here. Call <see cref="Begin"/>, <see cref="Header(int, ReadOnlySpan{char})"/> for each header, <see cref="End"/>.</remarks>
internal sealed class RequestEncoder
{
    private const int HeaderCountAt = 18;
    private byte[] buffer = new byte[1024];
    private ushort headers;

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Payload => buffer.AsSpan(0, Length);

    /// <summary>The route of the request that was written down, for the debug log.</summary>
    internal string RouteName
    {
        get
        {
            var reader = new PayloadReader(Payload);
            return RequestHead.TryRead(ref reader, out var head)
                ? RoutePredictor.NameOf(head.Method == 0 ? Encoding.Latin1.GetString(head.MethodText) : HttpMethods.Names[head.Method], head.Path)
                : "";
        }
    }

    /// <summary>What people know the request by that was written down.</summary>
    internal RequestName Name
    {
        get
        {
            var reader = new PayloadReader(Payload);
            if (!RequestHead.TryRead(ref reader, out var head))
            {
                return new RequestName("", "", "");
            }
            var target = Encoding.Latin1.GetString(head.Target[..Math.Min(head.Target.Length, RequestName.LongestTarget)]);
            return new RequestName(
                head.Method == 0 ? Encoding.Latin1.GetString(head.MethodText) : HttpMethods.Names[head.Method],
                target.Length < head.Target.Length ? target + "…" : target,
                Encoding.Latin1.GetString(head.RequestId));
        }
    }

    /// <summary>Writes everything but the headers.</summary>
    internal void Begin(in RequestLine line)
    {
        headers = 0;
        Length = 0;
        Reserve(128 + line.Method.Length + line.Target.Length + line.Path.Length + line.ScriptName.Length + line.PeerAddress.Length
            + line.ServerName.Length + line.RequestId.Length);
        var method = HttpMethods.IdOf(line.Method);
        var to = buffer.AsSpan();
        to[0] = method;
        to[1] = (byte)line.Version;
        to[2] = line.Https ? (byte)1 : (byte)0;
        to[3] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(to[4..], line.PeerPort);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(to[6..], line.ServerPort);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(to[8..], line.ContentLength);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(to[16..], (ushort)line.QueryStart);
        Length = HeaderCountAt + 2;
        Text(method == 0 ? line.Method : "");
        Text(line.Target);
        Bytes(line.Path);
        Text(line.ScriptName);
        Text(line.PeerAddress);
        Text(line.ServerName);
        Text(line.RequestId);
    }

    /// <summary>One header by its id.</summary>
    internal void Header(int id, ReadOnlySpan<char> value)
    {
        Reserve(3 + value.Length);
        buffer[Length++] = (byte)id;
        Text(value);
        headers++;
    }

    /// <summary>One header without an id: its name goes over in CGI form, upper case and with underscores.</summary>
    internal void Header(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        Reserve(5 + name.Length + value.Length);
        buffer[Length++] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(Length), checked((ushort)name.Length));
        Length += 2;
        foreach (var c in name)
        {
            buffer[Length++] = c == '-' ? (byte)'_' : (byte)char.ToUpperInvariant(c);
        }
        Text(value);
        headers++;
    }

    /// <summary>How many headers there were goes to its place.</summary>
    internal void End() => System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(HeaderCountAt), headers);

    /// <summary>The length of a body that was read meanwhile goes to its place.</summary>
    internal void SetContentLength(long length) => System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(8), length);

    private void Text(ReadOnlySpan<char> text)
    {
        Reserve(2 + text.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(Length), checked((ushort)text.Length));
        Length += 2 + Encoding.Latin1.GetBytes(text, buffer.AsSpan(Length + 2));
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(2 + bytes.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(Length), checked((ushort)bytes.Length));
        bytes.CopyTo(buffer.AsSpan(Length + 2));
        Length += 2 + bytes.Length;
    }

    private void Reserve(int more)
    {
        if (buffer.Length - Length < more)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, Length + more));
        }
    }
}

/// <summary>What of a request is not a header, decided by the front: nothing of it is parsed again.</summary>
internal ref struct RequestLine
{
    internal string Method;
    internal Channel.HttpVersion Version;
    internal bool Https;
    internal ushort PeerPort;
    internal ushort ServerPort;

    /// <summary>-1 when there is no body.</summary>
    internal long ContentLength;

    /// <summary>The request target as it stood in the request line.</summary>
    internal ReadOnlySpan<char> Target;

    /// <summary>Index behind the target's first '?', or <see cref="Wire.NoQuery"/>.</summary>
    internal int QueryStart;

    /// <summary>PATH_INFO, decoded.</summary>
    internal ReadOnlySpan<byte> Path;
    internal ReadOnlySpan<char> ScriptName;
    internal ReadOnlySpan<char> PeerAddress;
    internal ReadOnlySpan<char> ServerName;
    internal ReadOnlySpan<char> RequestId;
}
