using System.Buffers;
using HttpMethods = Hotplate.Channel.HttpMethods;

namespace Hotplate.Http;

/// <summary>Which methods reach an application.</summary>
internal static class RequestMethod
{
    // A token (RFC 9110 §9.1) but for lower case and '#': no registered method has them, and "get" is not GET to everyone. As gunicorn.
    private static readonly SearchValues<char> Acceptable = SearchValues.Create("!$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>For proxies; nobody here does it (RFC 9110 §9.3.6).</summary>
    internal const string Connect = "CONNECT";

    /// <summary>False: answer 400, or 501 to CONNECT.</summary>
    internal static bool IsAcceptable(string method) =>
        HttpMethods.IdOf(method) != 0
        || (method.Length is >= 3 and <= 20 && !method.AsSpan().ContainsAnyExcept(Acceptable) && method != Connect);
}
