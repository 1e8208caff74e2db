namespace Hotplate.Channel;

/// <summary>When a worker's answers leave: the rule of batches on its side.</summary>
internal static class HalfBatch
{
    /// <summary>
    /// As many answers have gathered as requests lie ready. So half of a batch goes while the other half is run, and the next requests
    /// come before the last of these is taken; and an answer waits no longer than half of what the requests behind it wait.
    /// </summary>
    /// <param name="answers">Whole answers that have not left.</param>
    /// <param name="ready">Requests that are here and have not begun.</param>
    internal static bool IsFull(int answers, int ready) => answers > 0 && answers >= ready;
}
