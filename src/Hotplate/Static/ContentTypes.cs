using Microsoft.AspNetCore.StaticFiles;

namespace Hotplate.Static;

/// <summary>What a file is, by its name.</summary>
internal static class ContentTypes
{
    private const string Unknown = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider s_known = new();

    /// <summary>Text is UTF-8, as every editor writes it.</summary>
    internal static string Of(string name) =>
        s_known.TryGetContentType(name, out var type) ? type.StartsWith("text/", StringComparison.Ordinal) ? type + "; charset=utf-8" : type
        : name.EndsWith(".mjs", StringComparison.OrdinalIgnoreCase) ? "text/javascript; charset=utf-8"
        : Unknown;
}
