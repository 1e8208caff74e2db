using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Settings;

/// <summary>How a place to listen is written.</summary>
internal static class BindAddressText
{
    private const int DefaultPort = 8000;

    // sun_path of sockaddr_un, less the zero at its end.
    private const int LongestUnixPath = 107;

    /// <exception cref="SettingException">It is not one of the forms that <c>--bind</c> takes.</exception>
    public static BindAddress Parse(string text)
    {
        if (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return Of(text["https://".Length..].TrimEnd('/')) is { UnixPath: null, Http2: false } secure
                ? secure with { Text = text, Tls = true }
                : throw new SettingException(ErrorCode.BadBind,
                "an address and port is needed after https:// as in https://:443, or a socket that listens already.");
        }
        if (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return Of(text["http://".Length..].TrimEnd('/')) with { Text = text, Tls = false };
        }
        return Of(text);
    }

    private static BindAddress Of(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return Unix(text);
        }
        var http2 = text.StartsWith("h2c:", StringComparison.Ordinal);
        var place = http2 ? text[4..] : text;
        if (place.StartsWith("fd://", StringComparison.Ordinal))
        {
            return new BindAddress { Text = text, Descriptor = Descriptor(place["fd://".Length..]), Http2 = http2 };
        }
        if (place.StartsWith("systemd:", StringComparison.Ordinal))
        {
            return new BindAddress { Text = text, PassedName = PassedName(place["systemd:".Length..]), Http2 = http2 };
        }
        var (host, port) = Split(place);
        return new BindAddress { Text = text, EndPoint = new IPEndPoint(Address(host), port), Http2 = http2 };
    }

    private static int Descriptor(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor is >= PassedSockets.First and < 1 << 20
            ? descriptor
            : throw new SettingException(ErrorCode.BadBind, "the number of an open descriptor, 3 or more, is needed after fd:// as in fd://3.");

    private static string PassedName(string name) => name.Length > 0
        ? name
        : throw new SettingException(ErrorCode.BadBind, "the name of a socket is needed after systemd: as the socket unit has it in FileDescriptorName=, or the unit's own: systemd:shop.socket.");

    private static BindAddress Unix(string text)
    {
        var path = text["unix:".Length..];
        UnixFileMode? mode = null;
        var question = path.IndexOf('?', StringComparison.Ordinal);
        if (question >= 0)
        {
            mode = Mode(path[(question + 1)..]);
            path = path[..question];
        }
        if (path.StartsWith('@'))
        {
            return Abstract(text, path, mode);
        }
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path[2..];
        }
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadBind, "a path is needed after unix: for the socket's file, as in unix:/run/shop.sock.");
        }
        path = OsText.ReachableFile(Path.GetFullPath(path, OsText.CurrentDirectory()));
        if (Encoding.UTF8.GetByteCount(path) > LongestUnixPath)
        {
            throw new SettingException(ErrorCode.BadBind, $"the path of a Unix socket may be {LongestUnixPath} bytes long at most. Choose a shorter one.");
        }
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new SettingException(ErrorCode.BadBind, Reach.Wall(path) ?? $"there is no folder {Path.GetDirectoryName(path)} for the socket's file. Make it first.");
        }
        return new BindAddress { Text = text, UnixPath = path, UnixMode = mode };
    }

    private static BindAddress Abstract(string text, string name, UnixFileMode? mode)
    {
        // The @ stands for the zero byte that such names begin with.
        if (name.Length == 1 || name.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(name) > LongestUnixPath)
        {
            throw new SettingException(ErrorCode.BadBind, $"a name of 1 to {LongestUnixPath - 1} bytes is needed after unix:@ for a socket that is no file, as in unix:@shop.");
        }
        if (mode is not null)
        {
            throw new SettingException(ErrorCode.BadBind, "a socket that is no file (unix:@…) has no mode: every process of this network namespace may connect. Leave ?mode= out, or name a file.");
        }
        return new BindAddress { Text = text, UnixPath = name };
    }

    private static UnixFileMode Mode(string query)
    {
        if (query.StartsWith("mode=", StringComparison.Ordinal) && query.Length is >= 8 and <= 9
            && query[5..].All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(query[5..], 8) is var bits and <= 0x1FF)
        {
            return (UnixFileMode)bits;
        }
        throw new SettingException(ErrorCode.BadBind, "only ?mode= with three octal digits may follow the path, as in unix:/run/shop.sock?mode=660.");
    }

    private static (string Host, int Port) Split(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end > 0 && (end == text.Length - 1 || text[end + 1] == ':'))
            {
                return (text[1..end], end == text.Length - 1 ? DefaultPort : Port(text[(end + 2)..]));
            }
            throw new SettingException(ErrorCode.BadBind, "an address of IPv6 stands in brackets with the port behind them, as in [::1]:8000.");
        }
        var colon = text.LastIndexOf(':');
        if (colon != text.IndexOf(':', StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadBind, "too many colons. An address of IPv6 stands in brackets, as in [::1]:8000.");
        }
        if (colon >= 0)
        {
            return (text[..colon], Port(text[(colon + 1)..]));
        }
        if (text.Length == 0 || text.All(char.IsAsciiDigit))
        {
            _ = text.Length == 0 ? 0 : Port(text);
            throw new SettingException(ErrorCode.BadBind, $"a port alone is written with a colon: :{(text.Length == 0 ? "8000" : text)} is every address of this machine, "
                + $"127.0.0.1:{(text.Length == 0 ? "8000" : text)} only this machine.");
        }
        return (text, DefaultPort);
    }

    private static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new SettingException(ErrorCode.BadBind, "the port must be a number from 0 to 65535; 0 lets the kernel choose one.");

    private static IPAddress Address(string host)
    {
        if (host is "" or "*")
        {
            return IPAddress.Any;
        }
        if (host == "localhost")
        {
            return IPAddress.Loopback;
        }
        // 127.1 and 0x7f000001 are addresses to the class library and riddles to people.
        if (IPAddress.TryParse(host, out var address))
        {
            return host.Contains(':', StringComparison.Ordinal) || host.Count(character => character == '.') == 3
                ? address
                : throw new SettingException(ErrorCode.BadBind, $"\"{host}\" is no address in four parts. Did you mean {address}?");
        }
        try
        {
            return Dns.GetHostAddresses(host)[0];
        }
        catch (Exception error) when (error is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw new SettingException(ErrorCode.BadBind, $"the name \"{host}\" has no address here. Give an address, or 0.0.0.0 for every one of this machine.");
        }
    }
}
