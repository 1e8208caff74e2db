using System.Text.RegularExpressions;
using Hotplate.Channel;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Tests.House;

/// <summary>docs/architecture.md and the code name the same states.</summary>
public partial class StateDocumentTests
{
    [Theory]
    [InlineData("Worker", typeof(WorkerState))]
    [InlineData("Generation", typeof(GenerationState))]
    [InlineData("Slot", typeof(SlotState))]
    [InlineData("Exchange", typeof(ExchangeState))]
    public void The_document_names_the_states_of_the_code(string subject, Type states)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs/architecture.md"));
        var from = text.IndexOf("\n## States", StringComparison.Ordinal);
        var section = text[from..text.IndexOf("\n## ", from + 1, StringComparison.Ordinal)];
        var paragraph = section.Split("\n\n").Single(paragraph => paragraph.StartsWith($"{subject} (", StringComparison.Ordinal));
        Assert.Contains(states.Name, paragraph, StringComparison.Ordinal);
        var named = Arrows().Matches(paragraph).SelectMany(match => Word().Matches(match.Value)).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(Enum.GetNames(states).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    /// <summary>What stands between backticks and has an arrow in it.</summary>
    [GeneratedRegex("`[^`]*→[^`]*`")]
    private static partial Regex Arrows();

    [GeneratedRegex("[A-Z][A-Za-z]+")]
    private static partial Regex Word();
}
