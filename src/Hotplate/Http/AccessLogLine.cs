using System.Globalization;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Http;

/// <summary>Writes the lines of a gunicorn access_log_format. Made once; safe to call from any thread.</summary>
internal sealed class AccessLogLine
{
    // The longest of what is no text: [31/Dec/2026:23:59:59 +0100], or a number.
    private const int LongestPiece = 64;
    private readonly (AccessLogAtom Atom, byte[] Text)[] pieces;
    private readonly AccessLogClock clock;
    private readonly int literals;

    internal AccessLogLine(AccessLogPattern pattern, AccessLogClock clock)
    {
        this.clock = clock;
        pieces = [.. pattern.Pieces.Select(static piece => (piece.Atom, Encoding.UTF8.GetBytes(Visible(piece.Text))))];
        literals = pieces.Sum(static piece => piece.Text.Length);
    }

    /// <summary>Most bytes that the line of an entry has. A character becomes six bytes at most.</summary>
    internal int Capacity(in AccessLogEntry entry) => literals + (pieces.Length * (LongestPiece + (6 * entry.TextLength)));

    internal void Write(ref EscapedLine line, in AccessLogEntry entry)
    {
        foreach (var (atom, text) in pieces)
        {
            switch (atom)
            {
                case AccessLogAtom.Text: line.Raw(text); break;
                case AccessLogAtom.Remote: OrDash(ref line, entry.Remote); break;
                case AccessLogAtom.Time: Time(ref line); break;
                case AccessLogAtom.RequestLine: RequestLine(ref line, entry); break;
                case AccessLogAtom.Method: line.Apache(entry.Method); break;
                case AccessLogAtom.Path: line.Apache(Halves(entry.Target).Path); break;
                case AccessLogAtom.Query: line.Apache(Halves(entry.Target).Query); break;
                case AccessLogAtom.Protocol: line.Apache(entry.Protocol); break;
                case AccessLogAtom.Status: line.Number(entry.Status); break;
                case AccessLogAtom.Bytes: line.Number(entry.Bytes); break;
                case AccessLogAtom.BytesOrDash when entry.Bytes > 0: line.Number(entry.Bytes); break;
                case AccessLogAtom.Referer: OrDash(ref line, entry.Referer); break;
                case AccessLogAtom.UserAgent: OrDash(ref line, entry.UserAgent); break;
                case AccessLogAtom.RequestId: OrDash(ref line, entry.RequestId); break;
                case AccessLogAtom.Seconds: line.Number(entry.TotalMicroseconds / 1_000_000); break;
                case AccessLogAtom.Milliseconds: line.Number(entry.TotalMicroseconds / 1000); break;
                case AccessLogAtom.Microseconds: line.Number(entry.TotalMicroseconds); break;
                case AccessLogAtom.DecimalSeconds: line.Apache((entry.TotalMicroseconds / 1e6).ToString("0.000000", CultureInfo.InvariantCulture)); break;
                case AccessLogAtom.Worker: Worker(ref line, entry.WorkerPid); break;
                default: line.Raw("-"u8); break;
            }
        }
    }

    private void Time(ref EscapedLine line)
    {
        line.Raw("["u8);
        line.Raw(clock.Now(out _));
        line.Raw("]"u8);
    }

    private static void RequestLine(ref EscapedLine line, in AccessLogEntry entry)
    {
        if (entry.Line is not null)
        {
            line.Apache(entry.Line);
            return;
        }
        line.Apache(entry.Method);
        line.Raw(" "u8);
        line.Apache(entry.Target);
        line.Raw(" "u8);
        line.Apache(entry.Protocol);
    }

    // As gunicorn writes it.
    private static void Worker(ref EscapedLine line, int pid)
    {
        line.Raw("<"u8);
        line.Number(pid);
        line.Raw(">"u8);
    }

    private static void OrDash(ref EscapedLine line, string? text) => line.Apache(string.IsNullOrEmpty(text) ? "-" : text);

    private static (string Path, string Query) Halves(string target)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
    }

    private static string Visible(string text) => Observability.Visible.Line(text.Replace('\t', ' '));
}
