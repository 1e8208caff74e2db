using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>What the front tells the zygote. What is null is not said.</summary>
internal sealed record ZygoteCommand
{
    public required string Type { get; init; }
    public int? Worker { get; init; }
    public int? Signal { get; init; }
    public bool? Alone { get; init; }
    public string? Target { get; init; }
    public string? Directory { get; init; }
    public IReadOnlyList<string>? Pythonpath { get; init; }
    public string? Preload { get; init; }
    public string? Extension { get; init; }
    public int? Threads { get; init; }
    public int? Workers { get; init; }
    public string? Config { get; init; }
    public string? Mount { get; init; }
    public string? SpoolDir { get; init; }

    /// <summary>What the application prints goes on as it is, so nothing is to be added to it.</summary>
    public bool? Raw { get; init; }

    /// <summary>The worker is to tell where its code came from.</summary>
    public bool? Dev { get; init; }

    /// <summary>The worker is to be forked from the template.</summary>
    public bool? Shared { get; init; }

    /// <summary>The worker is to be the template itself: what that has imported cannot be shared.</summary>
    public bool? Become { get; init; }

    /// <summary>The worker is to tell of its import.</summary>
    public bool? Tell { get; init; }

    /// <summary>Requests that belong together go to one worker.</summary>
    public bool? Affinity { get; init; }

    /// <summary>One JSON object.</summary>
    /// <remarks>By hand: a serializer, a generated one too, has over a hundred generic methods compiled at every start, 30 ms.</remarks>
    public ReadOnlySpan<byte> ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("type"u8, Type);
        Write(json, "worker"u8, Worker);
        Write(json, "signal"u8, Signal);
        Write(json, "target"u8, Target);
        Write(json, "directory"u8, Directory);
        if (Pythonpath is not null)
        {
            json.WriteStartArray("pythonpath"u8);
            foreach (var folder in Pythonpath)
            {
                WriteText(json, folder);
            }
            json.WriteEndArray();
        }
        Write(json, "preload"u8, Preload);
        Write(json, "alone"u8, Alone);
        Write(json, "extension"u8, Extension);
        Write(json, "threads"u8, Threads);
        Write(json, "workers"u8, Workers);
        Write(json, "config"u8, Config);
        Write(json, "mount"u8, Mount);
        Write(json, "affinity"u8, Affinity);
        Write(json, "spool_dir"u8, SpoolDir);
        Write(json, "dev"u8, Dev);
        Write(json, "raw"u8, Raw);
        Write(json, "shared"u8, Shared);
        Write(json, "become"u8, Become);
        Write(json, "tell"u8, Tell);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            WriteText(json, value);
        }
    }

    /// <summary>Half surrogates stand for bytes, and Python makes them bytes again. The writer of the class library throws at them.</summary>
    internal static void WriteText(Utf8JsonWriter json, string value)
    {
        if (OsText.IsPlain(value))
        {
            json.WriteStringValue(value);
            return;
        }
        var text = new StringBuilder("\"", value.Length * 6);
        foreach (var character in value)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }
        json.WriteRawValue(text.Append('"').ToString(), skipInputValidation: true);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } truth)
        {
            json.WriteBoolean(name, truth);
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
