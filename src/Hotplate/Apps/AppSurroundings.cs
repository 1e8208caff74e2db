using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Apps;

/// <summary>What all applications of a server share.</summary>
internal sealed class AppSurroundings
{
    internal required StandardStreams Streams { get; init; }

    internal required LogOutput Loggers { get; init; }

    internal required OutputPump Output { get; init; }

    /// <summary>What applications say names them, since there are several, or will be after a change.</summary>
    internal bool NamesApps { get; init; }

    /// <summary>Where bodies go that memory is too dear for.</summary>
    internal required SpoolDirectory Spool { get; init; }

    /// <summary>The budget of what clients make the front hold.</summary>
    internal required ClientMemory Memory { get; init; }

    /// <summary>The Python that was begun for <see cref="First"/> already; null: none was.</summary>
    internal EarlyPython? Early { get; init; }

    /// <summary>The application that the server starts with, or the first of them.</summary>
    internal AppSettings? First { get; init; }

    internal required WorkerFiles Files { get; init; }

    /// <summary>As <see cref="SupervisionContext.Imported"/>.</summary>
    internal Action<IReadOnlyList<string>, IReadOnlyList<string>>? Imported { get; init; }

    /// <summary>Whether the server was told to stop, before now.</summary>
    internal Func<Task<bool>> IsToStopAsync { get; set; } = static () => Task.FromResult(false);

    /// <summary>As <see cref="Supervisor.TellReloading"/>.</summary>
    internal Action<bool>? TellReloading { get; set; }

    /// <summary>Cancelled when the server is to stop.</summary>
    internal required CancellationToken Ending { get; init; }

    /// <summary>Of the server: how long it has been there.</summary>
    internal required ServiceHistory History { get; init; }

    internal required TimeProvider Time { get; init; }

    internal required ILogger Log { get; init; }
}
