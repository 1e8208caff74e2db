using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Supervision;

/// <content>What is told of an import that takes long: where it stands.</content>
internal sealed partial class Generation
{
    /// <summary>SIGRTMAX - 3: faulthandler's, see work.py.</summary>
    private const int StacksSignal = 61;

    private static readonly TimeSpan LongImport = TimeSpan.FromSeconds(2);
    private bool importTold;
    private bool waitTold;

    /// <param name="place">A file without a name, to which the process writes its stack when it is asked. Ours to close.</param>
    /// <param name="worker">Its number; 0 is the template.</param>
    /// <param name="isOver">Under the lock: it imports no longer.</param>
    private async Task WatchImportAsync(SafeFileHandle place, int worker, Func<bool> isOver, Func<int> pid)
    {
        using (place)
        {
            for (var hasBegun = false; !hasBegun;)
            {
                await Task.Delay(LongImport, context.Time);
                hasBegun = pid() != 0;
                bool tells;
                lock (gate)
                {
                    // The first is enough: all import the same.
                    if (importTold || isOver() || State is GenerationState.Parked or GenerationState.Ended)
                    {
                        return;
                    }
                    importTold = hasBegun;
                    tells = !hasBegun && !waitTold;
                    waitTold |= tells;
                }
                if (tells)
                {
                    context.Log.ImportWaits(context.App.Name, context.App.Target, LongImport.TotalSeconds, MachineLoad.Read());
                }
            }
            Send(worker, StacksSignal);
            var stack = ImportStack.Read(await WrittenAsync(place));
            context.Log.ImportTakesLong(context.App.Name, context.App.Target, LongImport.TotalSeconds, pid(), LogBlock.Of(stack.Text));
            if (stack.Serves)
            {
                context.Log.ImportServes(context.App.Name);
            }
        }
    }

    /// <summary>What the first worker has found out about the application.</summary>
    private void OnFirstImport(ZygoteEvent said)
    {
        if (said.Alone && context.Settings.Affinity is null)
        {
            if (context.Settings.IsAuto)
            {
                context.Workforce.KeepOne();
                context.Log.OneForSessions(context.App.Name);
                Resize(1);
                return;
            }
            context.Log.SessionsInOneProcess(context.App.Name, context.Workforce.Wanted);
        }
        if (said.Memory > 0)
        {
            TellSharing(said);
        }
    }

    private void TellSharing(ZygoteEvent said) => context.Log.CouldShare(
        context.App.Name, said.Memory >> 10, (said.Memory * (context.Workforce.Wanted - 1L)) >> 10, context.Workforce.Wanted,
        said.Found.Length == 0 ? "Nothing that can be seen speaks against it; what cannot be seen is in docs/preload.md" : $"Against it speaks what the import left behind: {said.Found}");

    /// <summary>What was written once nothing more comes; empty when nothing does.</summary>
    private static async Task<string> WrittenAsync(SafeFileHandle place)
    {
        var length = 0L;
        for (var i = 0; i < 50; i++)
        {
            await Task.Delay(20);
            var now = RandomAccess.GetLength(place);
            if (now > 0 && now == length)
            {
                break;
            }
            length = now;
        }
        var bytes = new byte[Math.Min(length, 64 * 1024)];
        return System.Text.Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(place, bytes, 0));
    }
}
