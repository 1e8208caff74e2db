namespace Hotplate.Service;

/// <summary>Signals to a server that another one follows: whoever has its number yet, from a pid file read a moment ago or as a script's
/// <c>$!</c>, means the one that serves. docs/signals.md.</summary>
/// <remarks>Safe to call from any thread.</remarks>
internal sealed class PassedSignals(ILogger log)
{
    private const int HUP = 1;
    private const int INT = 2;
    private const int QUIT = 3;
    private const int USR1 = 10;
    private const int USR2 = 12;
    private const int TERM = 15;
    private const int TTIN = 21;
    private const int TTOU = 22;

    private readonly Lock gate = new();
    private readonly List<int> noted = [];
    private readonly TaskCompletionSource<bool> stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool noting;
    private bool stopsAlone;
    private Func<int, bool>? send;

    /// <summary>Completes when this process was told to stop after another one had taken over; true: that one was told, too.</summary>
    internal Task<bool> Stop => stop.Task;

    /// <summary>An upgrade begins: what is sent from now on does what it does here, and is for the new server too if it comes to serve.
    /// </summary>
    internal void Begin()
    {
        lock (gate)
        {
            noting = true;
        }
    }

    /// <summary>It has failed, or it was done.</summary>
    internal void End()
    {
        lock (gate)
        {
            noting = false;
            noted.Clear();
        }
    }

    /// <summary>The new server serves.</summary>
    /// <param name="to">Sends it a signal, by its number; false when it has ended.</param>
    /// <param name="alone">Whether TERM, INT and QUIT are from now on for this process alone: gunicorn's way to upgrade is USR2, then one
    /// of
    /// these for the old process.</param>
    internal void PassTo(Func<int, bool> to, bool alone)
    {
        lock (gate)
        {
            (send, stopsAlone) = (to, alone);
            noted.ForEach(Pass);
            noted.Clear();
        }
    }

    /// <summary>Returns true when there is nothing to do about a signal here.</summary>
    internal bool Take(int number)
    {
        var stops = number is TERM or INT or QUIT;
        if (!stops && number is not (HUP or USR1 or USR2 or TTIN or TTOU))
        {
            return false;
        }
        lock (gate)
        {
            if (send is null)
            {
                if (noting && number != USR2)
                {
                    noted.Add(number);
                }
                return false;
            }
            // It has what it has to finish; but QUIT and a second INT end that at once.
            var isDone = number != QUIT && !(number == INT && stop.Task.IsCompleted);
            if (!stops || !stopsAlone)
            {
                Pass(number);
            }
            else
            {
                stop.TrySetResult(false);
            }
            return isDone;
        }
    }

    private void Pass(int number)
    {
        // Who stops all processes of a service by INT has sent it to that one already, and a second would end it at once.
        var sent = number == INT && !stop.Task.IsCompleted ? TERM : number;
        if (number is TERM or INT or QUIT)
        {
            stop.TrySetResult(true);
        }
        if (send!(sent))
        {
            log.SignalPassedOn(NameOf(sent));
        }
    }

    private static string NameOf(int number) => number switch
    {
        HUP => "HUP",
        INT => "INT",
        QUIT => "QUIT",
        USR1 => "USR1",
        USR2 => "USR2",
        TERM => "TERM",
        TTIN => "TTIN",
        _ => "TTOU",
    };
}
