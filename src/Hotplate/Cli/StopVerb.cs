using Hotplate.Control;
using Hotplate.Installing;
using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary><c>hotplate stop</c> and <c>hotplate restart</c>: returns when it is done.</summary>
internal static class StopVerb
{
    public static int Run(Invocation invocation, IReadOnlyDictionary<string, string> environment)
    {
        if (!ControlVerb.TryAskStatus(invocation, environment, out var status, out var code))
        {
            return code;
        }
        if (invocation is { Verb: "stop", Operands: [var app, ..] })
        {
            if (ControlVerb.TryAsk(invocation, environment, ControlQuestion.Of("stop", app), out var ended, out code))
            {
                (ended.Code == 0 ? Console.Out : Console.Error).WriteLine(Visible.Lines(ended.Message ?? ""));
                code = ended.Code;
            }
            return code;
        }
        // systemd starts anew what ends by itself, or takes it for stopped when it is not told: so it does it.
        if (Directory.Exists("/run/systemd/system") && Site.UnitOf(status.Pid) is { } unit && unit.Contains("hotplate", StringComparison.Ordinal))
        {
            return OtherProgram.Run(["systemctl", invocation.Verb!, unit]);
        }
        var question = ControlQuestion.Of(invocation.Verb == "stop" ? "stop" : "upgrade", null);
        if (!ControlVerb.TryAsk(invocation, environment, question, out var message, out code))
        {
            return code;
        }
        (message.Code == 0 ? Console.Out : Console.Error).WriteLine(Visible.Lines(message.Message ?? ""));
        if (message.Code != 0)
        {
            return message.Code;
        }
        while (ProcessTimes.StartOf(status.Pid) is not null)
        {
            Thread.Sleep(20);
        }
        return 0;
    }
}
