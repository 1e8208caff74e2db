namespace Hotplate.Channel;

/// <summary>A request's head as the worker reads it from a <see cref="FrameType.Request"/> frame.</summary>
/// <remarks>
/// Layout after the frame header: u8 method id, u8 version, u8 scheme, u8 0, u16 peer port, u16 server port, i64 content length (-1: none
/// given and none known), u16 query start, u16 header count; then as texts: method (empty unless its id is 0), raw target, path, script
/// name, peer address, server name, request id; then the headers: u8 id, [text CGI name when the id is 0], text value; then, when the frame
/// says End, the rest is the body.
/// </remarks>
internal ref struct RequestHead
{
    internal byte Method;
    internal HttpVersion Version;
    internal bool Https;
    internal ushort PeerPort;
    internal ushort ServerPort;
    internal long ContentLength;
    internal ReadOnlySpan<byte> MethodText;

    /// <summary>The request target as it stood in the request line, at most <see cref="Wire.MaxText"/> bytes.</summary>
    internal ReadOnlySpan<byte> Target;

    /// <summary>What follows the first '?' of the target; empty when there is none.</summary>
    internal ReadOnlySpan<byte> Query;

    /// <summary>PATH_INFO: percent-decoded once, below the mount path.</summary>
    internal ReadOnlySpan<byte> Path;

    /// <summary>SCRIPT_NAME: the mount path, no slash at its end.</summary>
    internal ReadOnlySpan<byte> ScriptName;
    internal ReadOnlySpan<byte> PeerAddress;
    internal ReadOnlySpan<byte> ServerName;
    internal ReadOnlySpan<byte> RequestId;
    internal int HeaderCount;

    /// <summary>False: the payload is not a request head and the peer is broken. Headers are read next, from the same reader.</summary>
    internal static bool TryRead(scoped ref PayloadReader reader, out RequestHead head)
    {
        head = default;
        head.Method = reader.U8();
        head.Version = (HttpVersion)reader.U8();
        head.Https = reader.U8() != 0;
        reader.U8();
        head.PeerPort = reader.U16();
        head.ServerPort = reader.U16();
        head.ContentLength = reader.I64();
        var query = reader.U16();
        head.HeaderCount = reader.U16();
        head.MethodText = reader.Text();
        head.Target = reader.Text();
        head.Path = reader.Text();
        head.ScriptName = reader.Text();
        head.PeerAddress = reader.Text();
        head.ServerName = reader.Text();
        head.RequestId = reader.Text();
        if (query != Wire.NoQuery && query <= head.Target.Length)
        {
            head.Query = head.Target[query..];
        }
        return reader.Ok
            && head.Method < HttpMethods.Names.Length
            && (head.Method != 0) == head.MethodText.IsEmpty
            && head.Version <= HttpVersion.Http3
            && head.ContentLength >= -1
            && (query == Wire.NoQuery || query <= head.Target.Length);
    }

    /// <summary>One header: its id, or 0 and its CGI name (upper case, underscores, no HTTP_ before it).</summary>
    internal static bool TryReadHeader(scoped ref PayloadReader reader, out int id, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        id = reader.U8();
        name = id == 0 ? reader.Text() : default;
        value = reader.Text();
        return reader.Ok && id < RequestHeaders.EnvironKeys.Length && (id != 0 || !name.IsEmpty);
    }
}

/// <summary>The protocol as SERVER_PROTOCOL tells it.</summary>
internal enum HttpVersion : byte
{
    Http10 = 0,
    Http11 = 1,
    Http2 = 2,
    Http3 = 3,
}

/// <summary>Methods that travel as one byte. Id 0 means that the text follows.</summary>
internal static class HttpMethods
{
    internal const byte Head = 3;

    internal static readonly string[] Names = ["", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "REPORT"];

    /// <summary>The id of a method, which is case-sensitive (RFC 9110 §9.1); 0 when it has none.</summary>
    internal static byte IdOf(string method) => method switch
    {
        "GET" => 1,
        "POST" => 2,
        "HEAD" => 3,
        "PUT" => 4,
        "DELETE" => 5,
        "OPTIONS" => 6,
        "PATCH" => 7,
        "PROPFIND" => 8,
        "REPORT" => 9,
        _ => 0,
    };
}
