namespace Hotplate.Supervision;

/// <summary>What a reload came to: an exit code for the command, and what to print.</summary>
internal sealed record ReloadResult(int Code, string Message)
{
    /// <summary>The code of what went wrong, such as HP504; null: nothing did, or it has none.</summary>
    internal string? Error => Code == 0 ? null : Coded?[..5];

    /// <summary>One line for the log: what has a code of ours, else the last one, which in a traceback names the exception.</summary>
    internal string Headline => Coded ?? Lines.LastOrDefault(Message);

    private string[] Lines => Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string? Coded => Lines.LastOrDefault(
        static line => line.Length > 7 && line.StartsWith("HP", StringComparison.Ordinal) && !line.AsSpan(2, 3).ContainsAnyExceptInRange('0', '9') && line[5..7] == "  ");
}
