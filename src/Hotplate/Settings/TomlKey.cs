using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>A key of TOML as text: <c>a.b</c> for dotted ones.</summary>
internal static class TomlKey
{
    internal static string Of(KeySyntax key) =>
        string.Join('.', key.DotKeys.Select(static dotted => Part(dotted.Key)).Prepend(Part(key.Key)));

    /// <summary>The words between the dots.</summary>
    internal static string[] PartsOf(KeySyntax key) =>
        [Part(key.Key), .. key.DotKeys.Select(static dotted => Part(dotted.Key))];

    /// <summary>What stands before the first dot.</summary>
    internal static string FirstOf(KeySyntax key) => Part(key.Key);

    private static string Part(BareKeyOrStringValueSyntax? name) => name switch
    {
        StringValueSyntax quoted => quoted.Value ?? "",
        BareKeySyntax bare => bare.Key?.Text ?? "",
        _ => "",
    };
}
