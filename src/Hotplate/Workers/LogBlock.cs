namespace Hotplate.Workers;

/// <summary>Lines that stand below a line of the log, such as the stack of a Python thread: in the place of an exception of ours, whose lines the log keeps too.</summary>
internal sealed class LogBlock(string text) : Exception
{
    public override string Message => "what a worker said";

    /// <summary>Null when there is no text, so that the log has no empty block.</summary>
    internal static LogBlock? Of(string text) => text.Length == 0 ? null : new LogBlock(text.TrimEnd('\n'));

    /// <summary>Of faulthandler's text for all threads, the part of one; all of it when that one is not among them.</summary>
    /// <param name="dump">"Thread 0x00007f… (most recent call first):", then a line for each place, then an empty line.</param>
    internal static LogBlock? Of(string dump, ulong ident)
    {
        var start = dump.IndexOf($"hread 0x{ident:x16}", StringComparison.Ordinal);
        if (start < 0)
        {
            return Of(dump);
        }
        var end = dump.IndexOf("hread 0x", start + 8, StringComparison.Ordinal);
        start = dump.IndexOf('\n', start) + 1;
        end = end < 0 ? dump.Length : dump.LastIndexOf('\n', end) + 1;
        return start <= 0 || start > end ? null : Of(string.Join('\n', WithoutLoop(dump[start..end].Split('\n').Where(static line => line.StartsWith("  ", StringComparison.Ordinal)))));
    }

    /// <summary>Of places, the innermost first, those of the application: beneath it are the loop and what started its thread.</summary>
    internal static IEnumerable<string> WithoutLoop(IEnumerable<string> places)
    {
        var all = places.ToList();
        var loop = all.FindIndex(static place => place.Contains("/hotplate_worker/loop.py\"", StringComparison.Ordinal) || place.Contains("/hotplate_worker/gevent_loop.py\"", StringComparison.Ordinal));
        return loop > 0 ? all[..loop] : all;
    }

    public override string ToString() => text;
}
