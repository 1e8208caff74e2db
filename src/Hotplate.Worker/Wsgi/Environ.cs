using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>Builds the environ of PEP 3333 for a request: a copy of a prepared dict, then what differs.</summary>
/// <remarks>
/// The prepared dict holds every key that is always there, and for those that seldom change (method, protocol, server, peer) the value of the
/// last request; its table is large enough for the usual number of headers. Only holders of the GIL come here.
/// </remarks>
internal static unsafe class Environ
{
    private static readonly string[] Versions = ["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"];
    private static PyObject* template;
    private static PyObject* emptyInput;
    private static PyObject* bytesIO;
    private static PyObject* pathInfo;
    private static PyObject* queryString;
    private static PyObject* requestUri;
    private static PyObject* rawUri;
    private static PyObject* remotePort;
    private static PyObject* serverPort;
    private static PyObject* serverProtocol;
    private static PyObject* urlScheme;
    private static PyObject* httpsName;
    private static PyObject* on;
    private static PyObject* contentLength;
    private static PyObject* wsgiInput;
    private static PyObject* requestId;
    private static PyObject* http;
    private static PyObject* https;
    private static PyObject** protocols;
    private static PyObject** headerKeys;
    private static RepeatedText* headerValues;
    private static RepeatedText method;
    private static RepeatedText scriptName;
    private static RepeatedText serverName;
    private static RepeatedText remoteAddress;
    private static RepeatedText target;
    private static PortTexts ports;
    private static NameKeys names;
    private static int lastVersion = -1;
    private static int lastScheme = -1;
    private static int lastServerPort = -1;

    /// <summary>Headers whose values are of one request or one user: keeping the last would gain nothing and hold secrets.</summary>
    private const ulong NotRepeated = (1UL << 2) | (1UL << 8) | (1UL << 11) | (1UL << 14) | (1UL << 15) | (1UL << 21) | (1UL << 27)
        | (1UL << 41) | (1UL << 42) | (1UL << 43) | (1UL << 49);

    /// <summary>Keeps the prepared dict, what stands for an empty body, and io.BytesIO.</summary>
    internal static void Open(PyObject* prepared, PyObject* empty, PyObject* memoryFile)
    {
        template = Reference.Add(prepared);
        emptyInput = Reference.Add(empty);
        bytesIO = Reference.Add(memoryFile);
        pathInfo = Key("PATH_INFO"u8);
        queryString = Key("QUERY_STRING"u8);
        requestUri = Key("REQUEST_URI"u8);
        rawUri = Key("RAW_URI"u8);
        remotePort = Key("REMOTE_PORT"u8);
        serverPort = Key("SERVER_PORT"u8);
        serverProtocol = Key("SERVER_PROTOCOL"u8);
        urlScheme = Key("wsgi.url_scheme"u8);
        contentLength = Key("CONTENT_LENGTH"u8);
        wsgiInput = Key("wsgi.input"u8);
        requestId = Key("hotplate.request_id"u8);
        httpsName = Key("HTTPS"u8);
        on = Key("on"u8);
        http = Key("http"u8);
        https = Key("https"u8);
        method.Key = Key("REQUEST_METHOD"u8);
        scriptName.Key = Key("SCRIPT_NAME"u8);
        serverName.Key = Key("SERVER_NAME"u8);
        remoteAddress.Key = Key("REMOTE_ADDR"u8);
        protocols = (PyObject**)Libc.calloc(Versions.Length, sizeof(PyObject*));
        for (var i = 0; i < Versions.Length; i++)
        {
            protocols[i] = Key(System.Text.Encoding.ASCII.GetBytes(Versions[i]));
        }
        var keys = RequestHeaders.EnvironKeys;
        headerKeys = (PyObject**)Libc.calloc(keys.Length, sizeof(PyObject*));
        headerValues = (RepeatedText*)Libc.calloc(keys.Length, sizeof(RepeatedText));
        for (var id = 1; id < keys.Length; id++)
        {
            headerKeys[id] = Key(System.Text.Encoding.ASCII.GetBytes(keys[id]));
        }
        methods = new byte[HttpMethods.Names.Length][];
        for (var id = 0; id < methods.Length; id++)
        {
            methods[id] = System.Text.Encoding.ASCII.GetBytes(HttpMethods.Names[id]);
        }
        ports.Open();
        names.Open();
    }

    private static byte[][] methods = null!;

    /// <summary>A new environ; null when an exception is set. The body, if it is not in the frame, is left to the caller.</summary>
    internal static PyObject* Build(scoped in RequestHead head, scoped ref PayloadReader reader, FrameFlags flags)
    {
        SetRepeated(head);
        var environ = Api.PyDict_Copy(template);
        if (environ is null)
        {
            return null;
        }
        SetTarget(environ, head);
        Api.PyDict_SetItem(environ, remotePort, ports.Of(head.PeerPort));
        if (!head.RequestId.IsEmpty)
        {
            SetNew(environ, requestId, PyText.New(head.RequestId));
        }
        var seen = SetHeaders(environ, head.HeaderCount, ref reader);
        if (head.ContentLength >= 0 && (seen & (1UL << 2)) == 0)
        {
            Span<byte> digits = stackalloc byte[20];
            head.ContentLength.TryFormat(digits, out var length, default, null);
            SetNew(environ, contentLength, PyText.New(digits[..length]));
        }
        if (flags.HasFlag(FrameFlags.End)
            && !SetBody(environ, flags.HasFlag(FrameFlags.BodyInMemory) ? SharedBody(ref reader) : reader.Rest()))
        {
            Reference.Drop(environ);
            return null;
        }
        return environ;
    }

    /// <summary>An interned string that lives as long as the process.</summary>
    internal static PyObject* Key(ReadOnlySpan<byte> ascii)
    {
        var key = PyText.New(ascii);
        Api.PyUnicode_InternInPlace(&key);
        return key;
    }

    private static void SetRepeated(in RequestHead head)
    {
        method.Set(template, head.Method != 0 ? methods[head.Method] : head.MethodText);
        scriptName.Set(template, head.ScriptName);
        serverName.Set(template, head.ServerName);
        remoteAddress.Set(template, head.PeerAddress);
        if (lastVersion != (int)head.Version)
        {
            lastVersion = (int)head.Version;
            Api.PyDict_SetItem(template, serverProtocol, protocols[lastVersion]);
        }
        if (lastScheme != (head.Https ? 1 : 0))
        {
            // CGI's word for it, which is not there at all otherwise: wsgiref.util.guess_scheme.
            if (head.Https)
            {
                Api.PyDict_SetItem(template, httpsName, on);
            }
            else if (lastScheme == 1)
            {
                Api.PyDict_DelItem(template, httpsName);
            }
            lastScheme = head.Https ? 1 : 0;
            Api.PyDict_SetItem(template, urlScheme, head.Https ? https : http);
        }
        if (lastServerPort != head.ServerPort)
        {
            lastServerPort = head.ServerPort;
            Api.PyDict_SetItem(template, serverPort, ports.Of(head.ServerPort));
        }
    }

    private static void SetTarget(PyObject* environ, in RequestHead head)
    {
        var uri = target.Of(head.Target);
        Api.PyDict_SetItem(environ, requestUri, uri);
        Api.PyDict_SetItem(environ, rawUri, uri);
        if (head.Path.SequenceEqual(head.Target))
        {
            Api.PyDict_SetItem(environ, pathInfo, uri);
        }
        else
        {
            SetNew(environ, pathInfo, PyText.New(head.Path));
        }
        if (!head.Query.IsEmpty)
        {
            SetNew(environ, queryString, PyText.New(head.Query));
        }
    }

    private static ulong SetHeaders(PyObject* environ, int count, scoped ref PayloadReader reader)
    {
        var seen = 0UL;
        for (var i = 0; i < count; i++)
        {
            if (!RequestHead.TryReadHeader(ref reader, out var id, out var name, out var value))
            {
                Fatal.Exit("the channel is broken: a request's headers");
            }
            var key = id != 0 ? headerKeys[id] : names.Of(name);
            var bit = 1UL << id;
            if (id == 0 ? Api.PyDict_GetItemWithError(environ, key) is not null : (seen & bit) != 0)
            {
                Join(environ, key, value, id == RequestHeaders.Cookie);
                continue;
            }
            seen |= bit;
            if (id != 0 && (NotRepeated & bit) == 0)
            {
                Api.PyDict_SetItem(environ, key, headerValues[id].Of(value));
            }
            else
            {
                SetNew(environ, key, PyText.New(value));
            }
        }
        return seen;
    }

    /// <summary>A header given twice is one whose values are joined (RFC 9110 §5.2), cookies by a semicolon (RFC 9113 §8.2.3).</summary>
    private static void Join(PyObject* environ, PyObject* key, ReadOnlySpan<byte> value, bool isCookie)
    {
        var before = Api.PyDict_GetItemWithError(environ, key);
        if (before is null || !PyText.TryLatin1(before, out var first, out var keeper))
        {
            Api.PyErr_Clear();
            return;
        }
        var separator = isCookie ? "; "u8 : ","u8;
        var joined = new NativeBuffer();
        joined.Append(first);
        joined.Append(separator);
        joined.Append(value);
        SetNew(environ, key, PyText.New(joined.Written));
        joined.Free();
        if (keeper is not null)
        {
            Reference.Drop(keeper);
        }
    }

    private static ReadOnlySpan<byte> SharedBody(scoped ref PayloadReader reader)
    {
        var offset = reader.U32();
        var length = reader.U32();
        if (!reader.Ok || !Exchanges.Bodies.TryRead(offset, length, out var body))
        {
            Fatal.Exit("the channel is broken: a request's body");
            return default;
        }
        return body;
    }

    private static bool SetBody(PyObject* environ, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            Api.PyDict_SetItem(environ, wsgiInput, emptyInput);
            return true;
        }
        fixed (byte* bytes = body)
        {
            using var content = new NewRef(Api.PyBytes_FromStringAndSize(bytes, body.Length));
            var argument = content.Object;
            // BytesIO shares the bytes object until it is written to, so this is the only copy.
            using var file = new NewRef(argument is null ? null : Api.PyObject_VectorcallDict(bytesIO, &argument, 1, null));
            if (file.IsNull)
            {
                return false;
            }
            Api.PyDict_SetItem(environ, wsgiInput, file.Object);
            return true;
        }
    }

    private static void SetNew(PyObject* environ, PyObject* key, PyObject* value)
    {
        if (value is not null)
        {
            Api.PyDict_SetItem(environ, key, value);
            Reference.Drop(value);
        }
    }
}
