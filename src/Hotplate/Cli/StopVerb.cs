using Hotplate.Control;
using Hotplate.Installing;
using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary><c>hotplate stop</c> and <c>hotplate restart</c>: returns when it is done.</summary>
internal static class StopVerb
{
    public static int Run(Invocation invocation, IReadOnlyDictionary<string, string> environment)
    {
        if (!ControlVerb.TryAsk(invocation, environment, "status", out var answer, out var code))
        {
            return code;
        }
        if (answer.Status is not { } status)
        {
            Console.Error.WriteLine(Visible.Lines(answer.Message ?? "the server gave no reason"));
            return 1;
        }
        // systemd starts anew what ends by itself, or takes it for stopped when it is not told: so it does it.
        if (Directory.Exists("/run/systemd/system") && Site.UnitOf(status.Pid) is { } unit && unit.Contains("hotplate", StringComparison.Ordinal))
        {
            return OtherProgram.Run(["systemctl", invocation.Verb!, unit]);
        }
        if (!ControlVerb.TryAsk(invocation, environment, invocation.Verb == "stop" ? "stop" : "upgrade", out answer, out code))
        {
            return code;
        }
        (answer.Code is 0 ? Console.Out : Console.Error).WriteLine(Visible.Lines(answer.Message ?? ""));
        if (answer.Code is not 0)
        {
            return answer.Code ?? 1;
        }
        while (ProcessTimes.StartOf(status.Pid) is not null)
        {
            Thread.Sleep(20);
        }
        return 0;
    }
}
