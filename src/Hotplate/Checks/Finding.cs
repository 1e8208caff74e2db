using System.Text.RegularExpressions;

namespace Hotplate.Checks;

/// <summary>One thing that would keep the server from serving.</summary>
/// <param name="Code">As in docs/errors.md.</param>
/// <param name="Text">Where, what, and what to do; a traceback may follow.</param>
internal sealed partial record Finding(string Code, string Text)
{
    /// <summary>From a message that begins with its code.</summary>
    internal static Finding From(string message) =>
        Coded().Match(message) is { Success: true } match ? new Finding(match.Groups[1].Value, message[match.Length..]) : new Finding("", message);

    public override string ToString() => Code.Length == 0 ? Text : $"{Code}  {Text}";

    [GeneratedRegex(@"^(?<code>HP\d{3})\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Coded();
}
