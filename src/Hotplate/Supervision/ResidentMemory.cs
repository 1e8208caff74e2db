using System.Globalization;

namespace Hotplate.Supervision;

/// <summary>How much memory a process takes, as ps and top show it.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes in RAM, those shared with others included (proc_pid_statm(5)); 0 when there is no such process.</summary>
    internal static long Of(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/statm").Split(' ');
            return words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pages) ? pages * Environment.SystemPageSize : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
