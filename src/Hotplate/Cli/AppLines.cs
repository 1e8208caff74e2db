using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hotplate.Cli;

/// <summary>Tells which lines of the log of a server with several applications are of one of them: what it says, what the server says
/// of it by its name, and its requests where the access log names applications (JSON).</summary>
/// <remarks>Fed with one line after another, since what stands below a record belongs to it.</remarks>
internal sealed partial class AppLines(string app)
{
    private bool isOurs;

    /// <param name="line">Without its end, and without what a journal writes before it.</param>
    internal bool Take(string line)
    {
        isOurs = line switch
        {
            ['{', ..] => IsNamedIn(line),
            ['[', ..] => IsRecordOf(line),
            _ => isOurs && !IsOfAccessLog().IsMatch(line),
        };
        return isOurs;
    }

    /// <summary>What stands before the message of a line of journalctl's; 0: it is none.</summary>
    internal static int LengthOfJournalPrefix(string line) => IsOfJournal().Match(line).Length;

    private bool IsNamedIn(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var record = document.RootElement;
            return (record.TryGetProperty("app", out var name) || record.TryGetProperty("hotplate.app", out name))
                && name.ValueKind == JsonValueKind.String && name.ValueEquals(app);
        }
        catch (JsonException)
        {
            // An application printed it, with --output raw.
            return false;
        }
    }

    private bool IsRecordOf(string line)
    {
        var head = IsOfServer().Match(line);
        var rest = line.AsSpan(head.Length);
        if (Begins(rest, "[" + app))
        {
            return rest[app.Length + 1] == ' ';
        }
        if (rest is ['H', 'P', _, _, _, ' ', ' ', ..])
        {
            rest = rest[7..];
        }
        return head.Success && Begins(rest, app) && rest[app.Length] is ' ' or ':';
    }

    /// <summary>And something follows.</summary>
    private static bool Begins(ReadOnlySpan<char> text, string with) =>
        text.Length > with.Length && text.StartsWith(with, StringComparison.Ordinal);

    /// <summary>The head of a line with a level: "[2026-11-28 21:00:00 +0000] [4182] [ERROR] ". The journal's has no time.</summary>
    [GeneratedRegex(@"^(\[\d{4}-\d\d-\d\d [^\]]*\] )?\[\d+\] \[[A-Z]+\] ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsOfServer();

    /// <summary>The formats short and combined.</summary>
    [GeneratedRegex(
        @"^(\d\d:\d\d:\d\d [A-Z]+ |\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsOfAccessLog();

    /// <summary>"Nov 28 21:00:00 plate hotplate[4182]: ".</summary>
    [GeneratedRegex(
        @"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [^ \[]+\[\d+\]: ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsOfJournal();
}
