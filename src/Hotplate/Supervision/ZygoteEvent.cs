using System.Text.Json;

namespace Hotplate.Supervision;

/// <summary>What the zygote tells the front.</summary>
internal sealed record ZygoteEvent
{
    public string Type { get; init; } = "";
    public int Worker { get; init; }
    public int Pid { get; init; }
    public int Status { get; init; }

    /// <summary>KiB that the import took.</summary>
    public int Memory { get; init; }

    /// <summary>The application keeps its sessions in one process.</summary>
    public bool Alone { get; init; }

    /// <summary>Processes that run child_exit for workers that have ended.</summary>
    public int Running { get; init; }

    /// <summary>What the import left behind that forked workers cannot share.</summary>
    public string Found { get; init; } = "";

    /// <summary>Folders that modules came from.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Folders of packages, whose folders below belong to them.</summary>
    public IReadOnlyList<string> Trees { get; init; } = [];

    /// <summary>Null when it is no JSON object: it comes from a process that the application runs in, and is not trusted.</summary>
    public static ZygoteEvent? FromJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var json = new Utf8JsonReader(text);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }
            var said = new ZygoteEvent();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                said = Take(said, ref json);
            }
            return said;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static ZygoteEvent Take(ZygoteEvent said, ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("type"u8))
        {
            json.Read();
            return said with { Type = json.GetString() ?? "" };
        }
        if (json.ValueTextEquals("worker"u8))
        {
            json.Read();
            return said with { Worker = json.GetInt32() };
        }
        if (json.ValueTextEquals("pid"u8))
        {
            json.Read();
            return said with { Pid = json.GetInt32() };
        }
        if (json.ValueTextEquals("status"u8))
        {
            json.Read();
            return said with { Status = json.GetInt32() };
        }
        if (json.ValueTextEquals("running"u8))
        {
            json.Read();
            return said with { Running = json.GetInt32() };
        }
        if (json.ValueTextEquals("alone"u8))
        {
            json.Read();
            return said with { Alone = json.GetBoolean() };
        }
        if (json.ValueTextEquals("memory"u8))
        {
            json.Read();
            return said with { Memory = json.GetInt32() };
        }
        if (json.ValueTextEquals("found"u8))
        {
            json.Read();
            return said with { Found = json.GetString() ?? "" };
        }
        if (json.ValueTextEquals("folders"u8))
        {
            return said with { Folders = TakeTexts(ref json) };
        }
        if (json.ValueTextEquals("trees"u8))
        {
            return said with { Trees = TakeTexts(ref json) };
        }
        json.Skip();
        return said;
    }

    private static List<string> TakeTexts(ref Utf8JsonReader json)
    {
        var texts = new List<string>();
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.String)
        {
            texts.Add(json.GetString()!);
        }
        return texts;
    }
}
