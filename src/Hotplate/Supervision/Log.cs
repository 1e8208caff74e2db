using Hotplate.Workers;

namespace Hotplate.Supervision;

internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Debug, "{App} worker {Pid} is ready")]
    internal static partial void WorkerReady(this ILogger log, string app, int pid);

    [LoggerMessage(301, LogLevel.Warning, "{App} worker {Pid} exited: {Reason}; starting another {Delay}; {Requests}")]
    internal static partial void WorkerExited(this ILogger log, string app, int pid, string reason, string delay, string requests, LogBlock? words);

    [LoggerMessage(312, LogLevel.Critical, "{App}: finding out how worker {Pid} died failed; this is a defect of Hotplate")]
    internal static partial void BurialFailed(this ILogger log, string app, int pid, Exception error);

    [LoggerMessage(302, LogLevel.Error, "{App} worker {Pid} failed to boot: {Reason}")]
    internal static partial void WorkerFailedToBoot(this ILogger log, string app, int pid, ExitReason reason);

    [LoggerMessage(327, LogLevel.Error, "{App}: {Failed} failed to boot, the first of them, {Pid}, with {Reason}. What several say alike is told once")]
    internal static partial void WorkersFailedToBoot(this ILogger log, string app, string failed, int pid, ExitReason reason);

    [LoggerMessage(303, LogLevel.Error, "{App} zygote {Pid} is gone ({Reason}) and its workers with it; starting a new one in {Delay}")]
    internal static partial void ZygoteGone(this ILogger log, string app, int pid, string reason, TimeSpan delay);

    [LoggerMessage(304, LogLevel.Error, "{App} worker {Pid} broke the channel's protocol; killing it")]
    internal static partial void WorkerBrokeProtocol(this ILogger log, string app, int pid);

    [LoggerMessage(305, LogLevel.Information, "{App}: loading generation {Number}")]
    internal static partial void Reloading(this ILogger log, string app, int number);

    [LoggerMessage(328, LogLevel.Information, "{App}: a reload was asked for while another is under way: it follows that one")]
    internal static partial void ReloadInTurn(this ILogger log, string app);

    [LoggerMessage(306, LogLevel.Information, "{App}: generation {Number} serves; generation {Old} finishes what it has")]
    internal static partial void Reloaded(this ILogger log, string app, int number, int old);

    [LoggerMessage(345, LogLevel.Information, "{App}: generation {Number} gets {Order}, beside generation {Old}")]
    internal static partial void CanaryBegins(this ILogger log, string app, int number, string order, int old);

    [LoggerMessage(346, LogLevel.Information, "{App}: generation {Number} was tried and takes over: {Figures}")]
    internal static partial void CanaryPassed(this ILogger log, string app, int number, string figures);

    [LoggerMessage(347, LogLevel.Error, "{App}: generation {Number} is rolled back to generation {Old}: {Why}. {Figures} (HP513)")]
    internal static partial void CanaryRolledBack(this ILogger log, string app, int number, int old, string why, string figures);

    [LoggerMessage(307, LogLevel.Error, "{App}: generation {Number} is not fit to serve, and nothing has changed: {Why}")]
    internal static partial void ReloadFailed(this ILogger log, string app, int number, string why);

    [LoggerMessage(308, LogLevel.Error, "{App}: generation {Number} is rolled back to generation {Old}: {Why} (HP509)")]
    internal static partial void RolledBack(this ILogger log, string app, int number, int old, string why);

    [LoggerMessage(309, LogLevel.Error, "{App}: generation {Number} does badly ({Why}) and cannot be rolled back, because {Because} (HP510)")]
    internal static partial void CannotRollBack(this ILogger log, string app, int number, string why, string because);

    [LoggerMessage(EventId = 310, Message = "{App} worker {Pid} is replaced: {Why}")]
    internal static partial void WorkerIsReplaced(this ILogger log, LogLevel level, string app, int pid, string why);

    [LoggerMessage(311, LogLevel.Error, "{App} worker {Pid} is killed: {Why}")]
    internal static partial void KillingWorker(this ILogger log, string app, int pid, string why);

    [LoggerMessage(320, LogLevel.Warning, "{App} worker {Pid} was to finish what it had, and has not within {Seconds} s; killing it. --graceful-timeout gives more time")]
    internal static partial void WorkerTookTooLong(this ILogger log, string app, int pid, double seconds);

    [LoggerMessage(313, LogLevel.Error, "{App} worker {Pid} takes {Mebibytes} MiB, more than --max-worker-memory-hard; killing it. What ran in it: {Requests}")]
    internal static partial void WorkerIsOverHardLimit(this ILogger log, string app, int pid, long mebibytes, string requests);

    [LoggerMessage(314, LogLevel.Critical, "{App}: looking after the workers failed; this is a defect of Hotplate")]
    internal static partial void UpkeepFailed(this ILogger log, string app, Exception error);

    [LoggerMessage(315, LogLevel.Information, "{App}: workers from now on: {Count}, as was asked by signal")]
    internal static partial void WorkersPinned(this ILogger log, string app, int count);

    [LoggerMessage(316, LogLevel.Information, "{App}: requests wait, the first for {Milliseconds:0} ms; workers from now on: {Count}")]
    internal static partial void MoreWorkers(this ILogger log, string app, double milliseconds, int count);

    [LoggerMessage(317, LogLevel.Information, "{App}: little is to do; workers from now on: {Count}")]
    internal static partial void FewerWorkers(this ILogger log, string app, int count);

    [LoggerMessage(318, LogLevel.Warning, "{App}: requests wait, but there is no memory for another worker, or not for long enough: {Free} MiB are left, and one takes {Worker} MiB")]
    internal static partial void NoMemoryForMore(this ILogger log, string app, long free, long worker);

    [LoggerMessage(340, LogLevel.Warning, "{App}: memory is short, {Free} MiB are left; workers from now on: {Count}. --workers N says how many regardless")]
    internal static partial void FewerForShortMemory(this ILogger log, string app, long free, int count);

    [LoggerMessage(319, LogLevel.Warning, "{App}: starting with {Wanted} workers instead of {Count}: the memory that is left may not do for more. --workers N says how many regardless")]
    internal static partial void FewerForMemory(this ILogger log, string app, int wanted, int count);

    [LoggerMessage(341, LogLevel.Error, "{App}: a worker cannot be started ({Message}); trying again in a second")]
    internal static partial void CannotStartWorker(this ILogger log, string app, string message);

    [LoggerMessage(324, LogLevel.Warning, "{App} worker {Pid}: --warmup {Path} {Why}. No worker is kept out of service because of that, and it is told once")]
    internal static partial void WarmUpFailed(this ILogger log, string app, int pid, string path, string why);

    [LoggerMessage(325, LogLevel.Error, "{App}: {Count} workers in a row gave no answer to their warm-up; others are not warmed up until the next reload. Is what --warmup names worth asking for?")]
    internal static partial void WarmUpGivenUp(this ILogger log, string app, int count);

    [LoggerMessage(326, LogLevel.Critical, "{App}: warming up worker {Pid} failed; this is a defect of Hotplate")]
    internal static partial void WarmUpFailedItself(this ILogger log, string app, int pid, Exception error);

    [LoggerMessage(323, LogLevel.Error, "{App} zygote {Pid}, the parent of all workers, ended before one was ready: {Reason}")]
    internal static partial void ZygoteFailedToLoad(this ILogger log, string app, int pid, string reason);

    [LoggerMessage(329, LogLevel.Error, "{App} template {Pid}, which imports the application for all workers, ended before it had: {Reason}")]
    internal static partial void TemplateFailedToLoad(this ILogger log, string app, int pid, string reason);

    [LoggerMessage(330, LogLevel.Error, "{App} template {Pid}, which imports the application for all workers, is gone ({Reason}). Workers serve on; another is started in {Delay}")]
    internal static partial void TemplateGone(this ILogger log, string app, int pid, string reason, TimeSpan delay);

    [LoggerMessage(322, LogLevel.Information,
        "{App}: importing it left behind {Found}. Forked workers cannot share that, so each worker imports the application for itself")]
    internal static partial void NotPreloaded(this ILogger log, string app, string found);

    [LoggerMessage(331, LogLevel.Information, "{App}: generation {Number} ends; its {Workers} workers have {Seconds} s to finish what they have")]
    internal static partial void Retires(this ILogger log, string app, int number, int workers, double seconds);

    [LoggerMessage(332, LogLevel.Warning, "{App}: more than {Most} old generations have not finished yet; ending the oldest, generation {Number}, and what it has not finished")]
    internal static partial void TooManyRetire(this ILogger log, string app, int most, int number);

    [LoggerMessage(333, LogLevel.Critical, "{App}: ending generation {Number} failed; this is a defect of Hotplate")]
    internal static partial void RetiringFailed(this ILogger log, string app, int number, Exception error);

    [LoggerMessage(334, LogLevel.Information, "{App}: importing {Target} takes more than {Seconds} s so far. Process {Pid} stands here, the innermost place first:")]
    internal static partial void ImportTakesLong(this ILogger log, string app, string target, double seconds, int pid, LogBlock? stack);

    [LoggerMessage(344, LogLevel.Information,
        "{App}: for {Seconds} s no process has come to import {Target}: the machine has no time for it so far ({Load})")]
    internal static partial void ImportWaits(this ILogger log, string app, string target, double seconds, string load);

    [LoggerMessage(335, LogLevel.Warning,
        "HP215  {App}: the application starts a server of its own while it is imported, and so the import never ends. Put app.run() under if __name__ == \"__main__\":, or leave it out: Hotplate serves")]
    internal static partial void ImportServes(this ILogger log, string app);

    [LoggerMessage(336, LogLevel.Information,
        "{App}: the import takes {Memory} MiB in each worker. With --preload workers would share that: up to {Saved} MiB less for {Workers} workers. {Against}")]
    internal static partial void CouldShare(this ILogger log, string app, int memory, long saved, int workers, string against);

    [LoggerMessage(342, LogLevel.Information, "HP213  {App}: one worker, since the application uses Socket.IO (engineio), whose sessions are in one process; its threads serve many clients. --workers chooses another number")]
    internal static partial void OneForSessions(this ILogger log, string app);

    [LoggerMessage(343, LogLevel.Warning, "HP213  {App}: the application uses Socket.IO (engineio), which keeps its sessions in one process; there are {Workers} workers, and a session's requests go to any of them. Start with --workers 1")]
    internal static partial void SessionsInOneProcess(this ILogger log, string app, int workers);
}
