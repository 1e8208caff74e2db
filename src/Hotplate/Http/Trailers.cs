using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>The fields after a chunked body. None reaches an application; some are the sign of a smuggled request.</summary>
internal static class Trailers
{
    private static readonly SearchValues<string> Forbidden = SearchValues.Create(
        ["Host", "Content-Length", "Transfer-Encoding", "Trailer", "TE", "Authorization"], StringComparison.OrdinalIgnoreCase);

    /// <summary>False: one of them frames, routes or authorises (RFC 9110 §6.5.1) or is no field; answer 400.</summary>
    internal static bool AreAcceptable(IHeaderDictionary trailers)
    {
        foreach (var (name, values) in trailers)
        {
            if (Forbidden.Contains(name) || !RequestFields.IsName(name))
            {
                return false;
            }
            foreach (var value in values)
            {
                if (!RequestFields.IsValue(value))
                {
                    return false;
                }
            }
        }
        return true;
    }
}
