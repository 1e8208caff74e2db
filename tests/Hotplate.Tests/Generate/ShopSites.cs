using Hotplate.Cli;
using Hotplate.Generate;
using Hotplate.Settings;

namespace Hotplate.Tests.Generate;

/// <summary>Sites made from command lines, without a server.</summary>
internal static class ShopSites
{
    public static Site Of(string directory, params string[] words) => Read(directory, words) is var outcome && outcome.Settings is { } settings
        ? new Site(settings, outcome.SourceOf, "/usr/bin/hotplate")
        : throw new ArgumentException(string.Join('\n', outcome.Problems), nameof(words));

    public static SettingsOutcome Read(string directory, IReadOnlyList<string> words)
    {
        var read = ArgumentReader.Read(["serve", .. words]);
        Assert.Empty(read.Problems);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };
        return new SettingsReader(variables, directory, cpus: 4).Read(read.Operands.FirstOrDefault(), read.Flags);
    }

    public static string Text(string kind, Site site) => GeneratedKind.All.Single(one => one.Name == kind).Make(site)[0].Text;

    /// <summary>What sh makes of a line.</summary>
    public static IReadOnlyList<string> Words(string line) => GunicornArguments.Split(line);
}
