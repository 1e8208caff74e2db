using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotplate.Control;

/// <summary>A change to a JSON document at a path: keys of objects and indices of arrays, as NGINX Unit has them.</summary>
/// <param name="method">PUT sets, PATCH merges (RFC 7396), POST appends to an array, DELETE removes.</param>
/// <param name="path">Empty: the whole document.</param>
/// <param name="value">Null for DELETE only.</param>
internal sealed class ConfigChange(string method, IReadOnlyList<string> path, JsonNode? value)
{
    /// <summary>What stands at a path.</summary>
    /// <exception cref="KeyNotFoundException">Nothing does.</exception>
    internal static JsonNode At(JsonNode document, IEnumerable<string> path) => path.Aggregate(document, (node, part) => Child(node, part)
        ?? throw new KeyNotFoundException($"there is no \"{part}\" in /v1/config/{string.Join('/', path)}."));

    /// <summary>The document as it is after the change.</summary>
    /// <exception cref="KeyNotFoundException">The path leads nowhere.</exception>
    /// <exception cref="FormatException">The value cannot stand there; the message says why.</exception>
    internal JsonObject Apply(JsonObject document)
    {
        if (path.Count == 0)
        {
            return (method == "DELETE" ? new JsonObject() : New(document)) as JsonObject
                ?? throw new FormatException("the configuration is an object, as in {\"workers\": 2}.");
        }
        var last = path[^1];
        var parent = method is "PUT" or "PATCH" ? Make(document) : At(document, path.Take(path.Count - 1));
        switch (method, parent)
        {
            case ("DELETE", JsonObject table):
                if (!table.Remove(last))
                {
                    _ = At(document, path);
                }
                break;
            case ("DELETE", JsonArray array):
                _ = At(document, path);
                array.RemoveAt(Index(last));
                break;
            case ("POST", _):
                (At(document, path) as JsonArray ?? throw new FormatException("POST appends to an array, and there is none at this path."))
                    .Add(value);
                break;
            case (_, JsonObject table):
                table[last] = New(table[last]);
                break;
            case (_, JsonArray array):
                var before = At(document, path);
                array[Index(last)] = New(before);
                break;
            default:
                throw new FormatException($"what is at {string.Join('/', path.SkipLast(1))} has nothing below it.");
        }
        return document;
    }

    private JsonNode? New(JsonNode? before) => method == "PATCH" ? Merge(before, value) : value;

    /// <summary>RFC 7396, section 2.</summary>
    private static JsonNode? Merge(JsonNode? before, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }
        var merged = before is JsonObject ? before.DeepClone().AsObject() : new JsonObject();
        foreach (var (key, change) in changes)
        {
            if (change is null)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = Merge(merged[key], change);
            }
        }
        return merged;
    }

    /// <summary>What the last step of the path is made in: objects that are not there yet are.</summary>
    private JsonNode Make(JsonObject document)
    {
        JsonNode node = document;
        foreach (var part in path.Take(path.Count - 1))
        {
            if (node is JsonObject table && !table.ContainsKey(part))
            {
                table[part] = new JsonObject();
            }
            node = At(node, [part]);
        }
        return node;
    }

    private static JsonNode? Child(JsonNode node, string part) => node switch
    {
        JsonObject table => table[part],
        JsonArray array when Index(part) is var index && index >= 0 && index < array.Count => array[index],
        _ => null,
    };

    private static int Index(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;

    /// <summary>The value of a request.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    internal static JsonNode? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException error)
        {
            throw new FormatException($"the body is no JSON: {error.Message}", error);
        }
    }
}
