using System.Globalization;
using System.Text;
using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>What <c>hotplate stacks</c> prints for people. Threads that wait for a request are counted; JSON has them all.</summary>
internal static class StacksText
{
    private const string Waiting = "hotplate_worker/loop.py\"";

    internal static string Make(IReadOnlyList<WorkerStacks> stacks) => stacks.Count == 0
        ? "no worker is ready\n"
        : string.Join('\n', stacks.Select(static worker => $"worker {worker.Worker} of generation {worker.Generation}\n\n{Threads(worker.Text)}"));

    private static string Threads(string text)
    {
        if (text.Length == 0)
        {
            return "it did not answer within 5 seconds\n";
        }
        var shown = new StringBuilder();
        var waiting = 0;
        foreach (var thread in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsWaiting(thread))
            {
                waiting++;
            }
            else
            {
                shown.Append(thread.TrimEnd()).Append("\n\n");
            }
        }
        return waiting switch
        {
            0 => shown.ToString(0, shown.Length - 1),
            1 => shown.Append("1 thread waits for a request\n").ToString(),
            _ => shown.Append(CultureInfo.InvariantCulture, $"{waiting} threads wait for a request\n").ToString(),
        };
    }

    // A thread whose innermost frame is the loop itself has no request, or is between two.
    private static bool IsWaiting(string thread)
    {
        var lines = thread.Split('\n', 3);
        return lines.Length > 1 && lines[1].Contains(Waiting, StringComparison.Ordinal) && lines[1].EndsWith("in answer_requests", StringComparison.Ordinal);
    }
}
