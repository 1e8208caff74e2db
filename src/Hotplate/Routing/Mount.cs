using System.Text;

namespace Hotplate.Routing;

/// <summary>The path an application is mounted at: what of a request's path is SCRIPT_NAME, and what PATH_INFO.</summary>
internal sealed class Mount
{
    private readonly byte[] prefix;

    /// <param name="path">Empty, or "/prefix" without a slash at its end; as text, not percent-encoded.</param>
    internal Mount(string path)
    {
        prefix = Encoding.UTF8.GetBytes(path);
        ScriptName = Encoding.Latin1.GetString(prefix);
    }

    /// <summary>SCRIPT_NAME, a character for each of its bytes (PEP 3333); empty at the root.</summary>
    internal string ScriptName { get; }

    /// <summary>False: the path lies outside. Whole segments count: "/shop" is the mount of "/shop" and "/shop/1", not of "/shopping".</summary>
    /// <param name="path">A decoded path, see <c>RequestTarget.Path</c>.</param>
    /// <param name="pathInfo">What follows the mount: empty, or starting with a slash; at the root the path itself.</param>
    internal bool TryMatch(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> pathInfo)
    {
        pathInfo = path;
        if (prefix.Length == 0)
        {
            return true;
        }
        if (!path.StartsWith(prefix) || (path.Length > prefix.Length && path[prefix.Length] != '/'))
        {
            return false;
        }
        pathInfo = path[prefix.Length..];
        return true;
    }
}
