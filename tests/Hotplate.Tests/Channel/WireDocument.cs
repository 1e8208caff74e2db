using System.Text.RegularExpressions;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Channel;

/// <summary>The examples of docs/wire.md, by name.</summary>
internal static partial class WireDocument
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs/wire.md"));

    public static IReadOnlyDictionary<string, byte[]> Examples { get; } =
        Golden().Matches(Text).ToDictionary(
            match => match.Groups[1].Value,
            match => Convert.FromHexString(string.Concat(match.Groups[2].Value.Where(char.IsAsciiHexDigit))));

    [GeneratedRegex(@"```golden ([\w-]+)\n([0-9a-f\s]+)```")]
    private static partial Regex Golden();
}
