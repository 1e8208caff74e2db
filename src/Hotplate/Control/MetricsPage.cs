using System.Text.Json;
using Hotplate.Apps;
using Hotplate.Observability;
using Hotplate.Sites;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Control;

/// <summary>Everything that is measured, as a page for Prometheus. docs/control.md lists it.</summary>
/// <param name="answered">How the requests of a site have ended, by application and route.</param>
/// <param name="connections">Those of clients.</param>
internal sealed class MetricsPage(
    CurrentSite site,
    AppSurroundings shared,
    Func<Site, IReadOnlyList<AnswerCounts>> answered,
    Func<ConnectionCounts> connections)
{
    /// <summary>When certificates expire, in seconds since 1970, by name; null: there are none.</summary>
    internal Func<IEnumerable<KeyValuePair<string, long>>>? CertificateEnds { get; init; }

    /// <summary>How many tries to get one have failed, by name; null: they are the user's.</summary>
    internal Func<IEnumerable<KeyValuePair<string, long>>>? CertificateFailures { get; init; }

    private static readonly LeaveReason[] s_reasons = [.. Enum.GetValues<LeaveReason>().Where(static reason => reason != LeaveReason.None)];
    private static readonly WorkerState[] s_states = [.. Enum.GetValues<WorkerState>().Where(static state => state != WorkerState.Exited)];

    internal string Make()
    {
        // Who sleeps has nothing to count.
        var now = site.Now;
        var apps = now.Apps.Where(static app => app.Run is not null).ToList();
        var runs = apps.Select(static app => app.Run!).ToList();
        var workers = runs.Select(static run => run.Workers.Select(static process => process.Worker).ToList()).ToList();
        var text = new MetricsText([.. apps.Select(static app => app.Name)]);
        WriteRequests(text, [.. runs.Select(static run => run.Pool.Traffic())]);
        WriteAnswers(text, now, answered(now));
        WriteClients(text, connections());
        text.Gauge("hotplate_requests_waiting", "Requests that wait for a worker.", app => runs[app].Pool.Waiting)
            .Gauge("hotplate_requests_in_flight", "Requests at workers, running or about to.",
                app => workers[app].Sum(static worker => worker.InFlight))
            .Gauge("hotplate_workers", "Workers by where they are in their lives.", "state",
                app => s_states.Select(state => KeyValuePair.Create(Word(state), workers[app].LongCount(worker => worker.State == state))))
            .Gauge("hotplate_worker_concurrency", "Requests that ready workers run at a time, all together.",
                app => workers[app].Where(static worker => worker.State == WorkerState.Ready).Sum(static worker => worker.Concurrency))
            .Counter("hotplate_worker_restarts_total", "Workers started again, by why the one before ended.", "reason",
                app => apps[app].History.Restarts)
            .Gauge("hotplate_workers_wanted", "Workers that there are to be.", app => runs[app].Supervisor.Workforce.Wanted)
            .Counter("hotplate_workers_let_go_total", "Workers let go for another, or for good, by why.", "reason",
                app => s_reasons.Select(reason => KeyValuePair.Create(Word(reason), (long)runs[app].Supervisor.LeftFor(reason))))
            .Gauge("hotplate_generation", "The generation that serves.", app => runs[app].Supervisor.Serving.Number)
            .Counter("hotplate_reloads_total", "Reloads by what came of them.", "outcome", app => Enum.GetValues<ReloadOutcome>()
                .Select(outcome => KeyValuePair.Create(Word(outcome), apps[app].History.Reloads(outcome))))
            .Gauge("hotplate_body_memory_bytes", "Bodies of requests and answers in the front's memory.", shared.Memory.InBodies)
            .Gauge("hotplate_spool_bytes", "Bodies of requests and answers on disk.", shared.Spool.Used)
            .Gauge("hotplate_start_time_seconds", "When the server started, in seconds since 1970.",
                shared.History.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
        WriteCertificates(text);
        return text.ToString();
    }

    private void WriteCertificates(MetricsText text)
    {
        if (CertificateEnds is not null)
        {
            text.Gauge(
                "hotplate_certificate_expires_seconds", "When a certificate expires, in seconds since 1970.", "name", CertificateEnds());
        }
        if (CertificateFailures is not null)
        {
            text.Gauge("hotplate_certificate_failures", "Tries to get or renew a certificate that have failed since one succeeded.", "name",
                CertificateFailures());
        }
    }

    private void WriteClients(MetricsText text, ConnectionCounts clients) =>
        text.Gauge("hotplate_connections", "Connections of clients.", clients.Open)
            .Gauge("hotplate_connections_max", "How many there may be.", clients.Most)
            .Counter("hotplate_connections_refused_total", "Connections closed as they came, because all the others were busy.",
                clients.PassedOver)
            .Counter("hotplate_connections_sent_away_total", "Connections ended to make room, by what they were about.", "state",
                clients.SentAway.Select(static one => KeyValuePair.Create(one.State, one.Count)))
            .Counter("hotplate_proxy_protocol_refused_total", "Connections closed for what they said in the PROXY protocol, by why.",
                "reason", clients.ProxyRefusals)
            .Gauge("hotplate_client_memory_bytes",
                "What clients make the front hold: connections, heads, bodies and answers in memory, HTTP/2 streams.", shared.Memory.Used)
            .Gauge("hotplate_client_memory_max_bytes", "How much that may be.", shared.Memory.Limit);

    private static void WriteRequests(MetricsText text, IReadOnlyList<TrafficView> traffic) =>
        text.Histogram("hotplate_request_queue_seconds", "From the request read to the application's beginning it.",
                app => traffic[app].QueueTime)
            .Histogram("hotplate_request_run_seconds", "While the application ran a request.", app => traffic[app].RunTime)
            .Counter("hotplate_requests_replayed_total", "Requests that ran again because their worker died.", app => traffic[app].Replayed)
            .Counter("hotplate_requests_moved_total", "Requests that left a dead worker before they had begun.", app => traffic[app].Moved)
            .Counter("hotplate_gil_wait_seconds_total", "How long requests waited for Python's GIL, where Hotplate can see it.",
                app => traffic[app].GilWait);

    /// <summary>Where there is one application and no route, it has what nobody was asked for too: refused heads, say.</summary>
    private static void WriteAnswers(MetricsText text, Site now, IReadOnlyList<AnswerCounts> counts)
    {
        var isPlain = now is { Routes: null, Apps: [_] };
        if (isPlain)
        {
            counts = [Sum(now.Apps[0].Name, counts)];
        }
        text.Counter("hotplate_responses_total", "Answers by the class of their status, Hotplate's own pages included.", "code",
                counts.SelectMany(one => Enumerable.Range(1, 5).Select(hundred => new RouteSample(
                    one.App, isPlain ? null : one.Route, $"{hundred}xx", one.Whole[hundred] + Pages(one, hundred)))))
            .Counter("hotplate_requests_failed_total", "Requests that got no whole answer from the application, by reason.", "reason",
                // A thousand routes have 26,000 reasons that never happened.
                counts.SelectMany(one => one.Failed.Where(failure => isPlain || failure.Count > 0).Select(failure => new RouteSample(
                    one.App, isPlain ? null : one.Route, failure.Reason, failure.Count))))
            .Counter("hotplate_timeouts_total", "Requests that were ended because they took too long.",
                app => counts.Where(one => one.App == now.Apps[app].Name).SelectMany(static one => one.Failed)
                    .Where(static failure => failure.Reason == "timed_out").Sum(static failure => failure.Count));
    }

    /// <summary>Those of the failed that got a page.</summary>
    private static long Pages(AnswerCounts counts, int hundred) => counts.Failed
        .Where(failure => failure.Status / 100 == hundred && failure.Status != 499).Sum(static failure => failure.Count);

    private static AnswerCounts Sum(string app, IReadOnlyList<AnswerCounts> counts) => new(
        app, "", [.. counts[0].Whole.Select((_, hundred) => counts.Sum(one => one.Whole[hundred]))],
        [.. counts[0].Failed.Select((failure, reason) => failure with { Count = counts.Sum(one => one.Failed[reason].Count) })]);

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
