using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hotplate.Http;

/// <summary>Writes lines by a pattern. Made once; safe to call from any thread.</summary>
internal sealed class AccessLogLine
{
    // The longest of what is no text: [31/Dec/2026:23:59:59 +0100], or a number.
    private const int LongestPiece = 64;
    private readonly (AccessLogAtom Atom, byte[] Text, string Name)[] pieces;
    private readonly AccessLogClock clock;
    private readonly int literals;

    internal AccessLogLine(AccessLogPattern pattern, AccessLogClock clock)
    {
        this.clock = clock;
        pieces = [.. pattern.Pieces.Select(static piece => (piece.Atom, Encoding.UTF8.GetBytes(Visible(piece.Text)), piece.Text))];
        literals = pieces.Sum(static piece => piece.Text.Length);
    }

    /// <summary>Most bytes that the line of an entry has. A character becomes six bytes at most.</summary>
    internal int Capacity(in AccessLogEntry entry)
    {
        var bytes = literals + (pieces.Length * (LongestPiece + (6 * entry.TextLength)));
        foreach (var (atom, _, name) in pieces)
        {
            var values = atom switch
            {
                AccessLogAtom.User => Values(entry.RequestHeaders, "Authorization"),
                AccessLogAtom.RequestField => Values(entry.RequestHeaders, name),
                AccessLogAtom.ResponseField => Values(entry.ResponseHeaders, name),
                _ => default,
            };
            foreach (var value in values)
            {
                // With what stands between two.
                bytes += 2 + (6 * (value?.Length ?? 0));
            }
        }
        return bytes;
    }

    internal void Write(ref EscapedLine line, in AccessLogEntry entry)
    {
        foreach (var (atom, text, name) in pieces)
        {
            switch (atom)
            {
                case AccessLogAtom.Text: line.Raw(text); break;
                case AccessLogAtom.Remote: OrDash(ref line, entry.Remote); break;
                case AccessLogAtom.User: User(ref line, Values(entry.RequestHeaders, "Authorization")); break;
                case AccessLogAtom.Time: Time(ref line); break;
                case AccessLogAtom.RequestLine: RequestLine(ref line, entry); break;
                case AccessLogAtom.Method: line.Apache(entry.Method); break;
                case AccessLogAtom.Target: line.Apache(entry.Target); break;
                case AccessLogAtom.Path: line.Apache(PathOf(entry.Target)); break;
                case AccessLogAtom.Query: line.Apache(QueryOf(entry.Target)); break;
                case AccessLogAtom.Protocol: line.Apache(entry.Protocol); break;
                case AccessLogAtom.Scheme: line.Raw(entry.RequestHeaders is null ? "-"u8 : entry.IsHttps ? "https"u8 : "http"u8); break;
                case AccessLogAtom.Host: OrDash(ref line, entry.Host); break;
                case AccessLogAtom.Status: line.Number(entry.Status); break;
                case AccessLogAtom.Bytes: line.Number(entry.Bytes); break;
                case AccessLogAtom.BytesOrDash when entry.Bytes > 0: line.Number(entry.Bytes); break;
                case AccessLogAtom.Referer: OrDash(ref line, entry.Referer); break;
                case AccessLogAtom.UserAgent: OrDash(ref line, entry.UserAgent); break;
                case AccessLogAtom.RequestField: Field(ref line, Values(entry.RequestHeaders, name)); break;
                case AccessLogAtom.ResponseField: Field(ref line, Values(entry.ResponseHeaders, name)); break;
                case AccessLogAtom.RequestId: OrDash(ref line, entry.RequestId); break;
                case AccessLogAtom.Seconds: line.Number(entry.TotalMicroseconds / 1_000_000); break;
                case AccessLogAtom.Milliseconds: line.Number(entry.TotalMicroseconds / 1000); break;
                case AccessLogAtom.Microseconds: line.Number(entry.TotalMicroseconds); break;
                case AccessLogAtom.DecimalSeconds: line.Seconds(entry.TotalMicroseconds); break;
                case AccessLogAtom.Worker: Worker(ref line, entry.WorkerPid); break;
                case AccessLogAtom.QueueMicroseconds: line.Number(entry.QueueMicroseconds); break;
                case AccessLogAtom.AppMicroseconds: line.Number(entry.AppMicroseconds); break;
                case AccessLogAtom.Route: OrDash(ref line, entry.Route); break;
                case AccessLogAtom.App: OrDash(ref line, entry.App); break;
                case AccessLogAtom.TlsVersion: OrDash(ref line, entry.TlsVersion); break;
                case AccessLogAtom.ServerName: OrDash(ref line, entry.ServerName); break;
                case AccessLogAtom.Failure: OrDash(ref line, entry.Failure); break;
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

    /// <summary>The name of RFC 7617, byte by byte; nobody has checked the password.</summary>
    private static void User(ref EscapedLine line, string? authorization)
    {
        const string scheme = "Basic ";
        if (authorization?.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) == true)
        {
            var coded = Encoding.Latin1.GetBytes(authorization[scheme.Length..].Trim());
            if (Base64.DecodeFromUtf8InPlace(coded, out var count) == OperationStatus.Done
                && coded.AsSpan(0, count).IndexOf((byte)':') is > 0 and var end)
            {
                line.Apache(Encoding.Latin1.GetString(coded, 0, end));
                return;
            }
        }
        line.Raw("-"u8);
    }

    private static void Field(ref EscapedLine line, StringValues values)
    {
        if (values is not [{ Length: > 0 } first, ..])
        {
            line.Raw("-"u8);
            return;
        }
        line.Apache(first);
        for (var i = 1; i < values.Count; i++)
        {
            line.Raw(", "u8);
            line.Apache(values[i]);
        }
    }

    private static StringValues Values(IHeaderDictionary? headers, string name) =>
        headers is null ? default : headers[name];

    private static void OrDash(ref EscapedLine line, string? text) => line.Apache(string.IsNullOrEmpty(text) ? "-" : text);

    private static ReadOnlySpan<char> PathOf(string target) =>
        target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question ? target.AsSpan(0, question) : target;

    private static ReadOnlySpan<char> QueryOf(string target) =>
        target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question ? target.AsSpan(question + 1) : default;

    private static string Visible(string text) => Observability.Visible.Line(text.Replace('\t', ' '));
}
