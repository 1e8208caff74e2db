namespace Hotplate.Control;

/// <summary>docs/openapi.json, which is in the program.</summary>
internal static class OpenApiDocument
{
    internal static byte[] Bytes { get; } = Read();

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("openapi.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
