using System.Globalization;

namespace Hotplate.Settings;

/// <summary>A variable of a <see cref="RouteText"/>, or text as it stands.</summary>
/// <param name="Variable">None: it is <paramref name="Literal"/>.</param>
/// <param name="Literal">Empty of variables.</param>
/// <param name="Capture">Which star of the path, from 1; 0 of all others.</param>
internal sealed record RouteTextPart(RouteVariable Variable, string Literal, int Capture)
{
    internal static Dictionary<string, RouteVariable> Names { get; } = new(StringComparer.Ordinal)
    {
        ["host"] = RouteVariable.Host,
        ["path"] = RouteVariable.Path,
        ["query"] = RouteVariable.Query,
        ["scheme"] = RouteVariable.Scheme,
        ["request_uri"] = RouteVariable.RequestUri,
    };

    /// <summary>Null: there is no such variable.</summary>
    internal static RouteTextPart? Of(string name) =>
        Names.TryGetValue(name, out var variable) ? new(variable, "", 0)
        : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 100
            ? new(RouteVariable.Capture, "", number)
            : null;
}

/// <summary>What of a request stands where a <see cref="RouteText"/> has a variable.</summary>
internal enum RouteVariable : byte
{
    None,

    /// <summary>Lower case, without a port.</summary>
    Host,

    /// <summary>As routes see it, percent-encoded anew.</summary>
    Path,

    /// <summary>As the client wrote it, without the question mark.</summary>
    Query,

    /// <summary>http or https.</summary>
    Scheme,

    /// <summary>Path and query as the client wrote them.</summary>
    RequestUri,

    /// <summary>What a star of the path stands for, percent-encoded anew.</summary>
    Capture,
}
