using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>What <c>hotplate stacks</c> prints for people.</summary>
internal static class StacksText
{
    internal static string Make(IReadOnlyList<WorkerStacks> stacks) => stacks.Count == 0
        ? "no worker is ready\n"
        : string.Join('\n', stacks.Select(static worker =>
            $"worker {worker.Worker} of generation {worker.Generation}\n\n{(worker.Text.Length == 0 ? "it did not answer within 5 seconds\n" : worker.Text.TrimEnd() + "\n")}"));
}
