using System.Globalization;

namespace Hotplate.Supervision;

/// <summary>How many processes want to run, in words.</summary>
internal static class MachineLoad
{
    /// <summary>For a message.</summary>
    internal static string Read()
    {
        try
        {
            var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
            return string.Create(CultureInfo.InvariantCulture, $"load {load}, {Environment.ProcessorCount} CPUs here");
        }
        catch (IOException)
        {
            return "load unknown";
        }
    }
}
