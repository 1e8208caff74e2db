using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>How what is logged looks at one place: as text or as JSON, and with priorities where systemd's journal reads.</summary>
internal sealed class LogForm(bool json, bool journal = false)
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static LogForm Text { get; } = new(json: false);

    internal static LogForm Json { get; } = new(json: true);

    /// <summary>A line of the server's own, with an exception's lines below it.</summary>
    /// <param name="app">The application that it is about, as a member of JSON; null: none, or there is but one.</param>
    internal string Server(DateTimeOffset now, LogLevel level, int id, string text, Exception? exception = null, string? app = null)
    {
        if (!json)
        {
            return Prioritized(level, LogLine.Format(At(now), Environment.ProcessId, level, text, exception));
        }
        return Prioritized(level, Object(now, Environment.ProcessId, writer =>
        {
            if (app is not null)
            {
                Write(writer, "app"u8, app);
            }
            writer.WriteString("level"u8, LevelWord(level));
            if (id != 0)
            {
                writer.WriteNumber("event"u8, id);
            }
            Write(writer, "message"u8, text);
            if (exception is not null)
            {
                Write(writer, "detail"u8, exception.ToString());
            }
        }));
    }

    /// <summary>What an application printed.</summary>
    /// <param name="stream">stdout or stderr.</param>
    internal string Printed(DateTimeOffset now, in AppWords words, string stream)
    {
        if (words.Level is not null)
        {
            return Logged(now, words);
        }
        if (!json)
        {
            var line = $"{Who(words)} {words.Text}";
            return IsOurs(words.Text) ? Prioritized(LogLevel.Error, line) : line;
        }
        var said = words;
        return Object(now, words.Pid, writer =>
        {
            WriteApp(writer, said);
            if (IsOurs(said.Text))
            {
                writer.WriteString("level"u8, LevelWord(LogLevel.Error));
            }
            writer.WriteString("stream"u8, stream);
            Write(writer, "message"u8, said.Text);
        });
    }

    /// <summary>What an application logged.</summary>
    /// <param name="continues">It belongs to the line before it, which was this request's.</param>
    internal string Logged(DateTimeOffset now, in AppWords words, bool continues = false)
    {
        var level = words.Level ?? LogLevel.Information;
        var at = words.At?.ToOffset(now.Offset) ?? now;
        if (json)
        {
            var said = words;
            return Prioritized(level, Object(at, words.Pid, writer =>
            {
                WriteApp(writer, said);
                writer.WriteString("level"u8, LevelWord(level));
                if (said.Logger is { } logger)
                {
                    Write(writer, "logger"u8, logger);
                }
                if (said.RequestId is { } request)
                {
                    Write(writer, "request_id"u8, request);
                }
                Write(writer, "message"u8, said.Text);
            }));
        }
        if (continues)
        {
            return Prioritized(level, Below(words.Text));
        }
        var end = words.Text.IndexOf('\n', StringComparison.Ordinal);
        var first = end < 0 ? words.Text : words.Text[..end];
        var logger = words.Logger is null || first.Contains(words.Logger, StringComparison.Ordinal) ? "" : words.Logger + ": ";
        var line = LogLine.Format(At(at), Environment.ProcessId, level, $"{Who(words)} {words.RequestId ?? "-"} {logger}{first}");
        return Prioritized(level, end < 0 ? line : line + '\n' + Below(words.Text[(end + 1)..]));
    }

    /// <summary>That lines were dropped where this form is used.</summary>
    internal string Dropped(long count)
    {
        var text = $"hotplate: {count} lines were dropped here, because whatever reads this output is too slow";
        return json ? Server(DateTimeOffset.UtcNow, LogLevel.Warning, 0, text) : Prioritized(LogLevel.Warning, text);
    }

    /// <summary>What a worker's part of ours says of why it cannot start: "HP201  …".</summary>
    private static bool IsOurs(string text) =>
        text is ['H', 'P', '2', _, _, ' ', ' ', ..] && char.IsAsciiDigit(text[3]) && char.IsAsciiDigit(text[4]);

    /// <summary>"[4190]", or "[shop 4190]" where there are several applications.</summary>
    private static string Who(in AppWords words) => words.App is null ? $"[{words.Pid}]" : $"[{words.App} {words.Pid}]";

    private static void WriteApp(Utf8JsonWriter writer, in AppWords words)
    {
        if (words.App is not null)
        {
            Write(writer, "app"u8, words.App);
        }
    }

    private static string LevelWord(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    /// <summary>Lines below the first, none of which can pass for a line of the log.</summary>
    private static string Below(string text) => string.Join('\n', Visible.Lines(text).Split('\n').Select(static line => line.StartsWith('[') ? "  " + line : line));

    private static string Object(DateTimeOffset now, int pid, Action<Utf8JsonWriter> rest)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(bytes, s_json))
        {
            writer.WriteStartObject();
            writer.WriteString("time"u8, now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            writer.WriteNumber("pid"u8, pid);
            rest(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    // As UTF-8, in which half of a surrogate pair has become U+FFFD: the writer throws at one.
    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string text) => writer.WriteString(name, Encoding.UTF8.GetBytes(text));

    /// <summary>Null where the journal has the time of each line already.</summary>
    private DateTimeOffset? At(DateTimeOffset time) => journal ? null : time;

    private string Prioritized(LogLevel level, string text)
    {
        if (!journal)
        {
            return text;
        }
        var priority = level switch
        {
            LogLevel.Trace or LogLevel.Debug => "<7>",
            LogLevel.Information => "<6>",
            LogLevel.Warning => "<4>",
            LogLevel.Error => "<3>",
            _ => "<2>",
        };
        return priority + text.Replace("\n", "\n" + priority, StringComparison.Ordinal);
    }
}
