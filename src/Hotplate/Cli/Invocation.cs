using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>The command line, taken apart.</summary>
/// <param name="Verb">The first word that is no flag, known or not; null when there is none.</param>
/// <param name="Operands">The words after it.</param>
/// <param name="Flags">Every setting that was given, in order.</param>
/// <param name="Foreign">gunicorn's flags that are no settings here, in order.</param>
/// <param name="WantsHelp"><c>-h</c> or <c>--help</c> stood somewhere.</param>
/// <param name="WantsVersion"><c>--version</c> stood somewhere.</param>
/// <param name="WantsJson"><c>--json</c> stood somewhere; check, config and the verbs that ask a server take it.</param>
/// <param name="WantsToml"><c>--toml</c> stood somewhere; only config takes it.</param>
/// <param name="Output">What stood behind <c>-o</c>; only generate takes it. Null: nothing did.</param>
/// <param name="Problems">What could not be understood.</param>
internal sealed record Invocation(
    string? Verb, IReadOnlyList<string> Operands, IReadOnlyList<GivenFlag> Flags, IReadOnlyList<GivenForeignFlag> Foreign, bool WantsHelp, bool WantsVersion, bool WantsJson,
    bool WantsToml, string? Output, IReadOnlyList<SettingsProblem> Problems)
{
    /// <summary><c>--dry-run</c> stood somewhere; of those read here only apply takes it.</summary>
    public bool IsTrial { get; init; }

    /// <summary>What stood behind <c>--canary</c>, which only reload takes; null: nothing did.</summary>
    public string? Canary { get; init; }

    /// <summary>What stood behind <c>--for</c>, which is of --canary; null: nothing did.</summary>
    public string? CanaryTime { get; init; }
}
