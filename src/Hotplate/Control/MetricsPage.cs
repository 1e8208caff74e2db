using System.Text.Json;
using Hotplate.Apps;
using Hotplate.Observability;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Control;

/// <summary>Everything that is measured of one app, as a page for Prometheus. docs/control.md lists it.</summary>
/// <param name="failures">Requests that got no whole answer from the application.</param>
/// <param name="answers">Whole answers by the hundreds of their status.</param>
/// <param name="connections">Those of clients.</param>
internal sealed class MetricsPage(
    AppHandler app,
    Supervisor supervisor,
    WorkerPool pool,
    Func<IEnumerable<FailureCount>> failures,
    Func<int, long> answers,
    Func<ConnectionCounts> connections)
{
    internal string Make()
    {
        var traffic = pool.Traffic();
        var failed = failures().ToList();
        var workers = supervisor.Generations.SelectMany(static generation => generation.Workers).Select(static process => process.Worker).ToList();
        var text = new MetricsText(app.Name);
        WriteRequests(text, traffic, failed, answers);
        WriteClients(text, connections());
        text.Gauge("hotplate_requests_waiting", "Requests that wait for a worker.", pool.Waiting)
            .Gauge("hotplate_requests_in_flight", "Requests at workers, running or about to.", workers.Sum(static worker => worker.InFlight))
            .Gauge("hotplate_workers", "Workers by where they are in their lives.", "state", Enum.GetValues<WorkerState>()
                .Where(static state => state != WorkerState.Exited)
                .Select(state => KeyValuePair.Create(Word(state), workers.LongCount(worker => worker.State == state))))
            .Gauge("hotplate_worker_concurrency", "Requests that ready workers run at a time, all together.",
                workers.Where(static worker => worker.State == WorkerState.Ready).Sum(static worker => worker.Concurrency))
            .Counter("hotplate_worker_restarts_total", "Workers started again, by why the one before ended.", "reason", supervisor.History.Restarts)
            .Gauge("hotplate_workers_wanted", "Workers that there are to be.", supervisor.Workforce.Wanted)
            .Counter("hotplate_workers_let_go_total", "Workers let go for another, or for good, by why.", "reason",
                Enum.GetValues<LeaveReason>().Where(static reason => reason != LeaveReason.None).Select(reason => KeyValuePair.Create(Word(reason), (long)supervisor.LeftFor(reason))))
            .Gauge("hotplate_generation", "The generation that serves.", supervisor.Serving.Number)
            .Counter("hotplate_reloads_total", "Reloads by what came of them.", "outcome",
                Enum.GetValues<ReloadOutcome>().Select(outcome => KeyValuePair.Create(Word(outcome), supervisor.History.Reloads(outcome))))
            .Gauge("hotplate_body_memory_bytes", "Bodies of requests and answers in the front's memory.", app.Memory.InBodies)
            .Gauge("hotplate_spool_bytes", "Bodies of requests and answers on disk.", app.Spool.Used)
            .Gauge("hotplate_start_time_seconds", "When the server started, in seconds since 1970.", supervisor.History.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
        return text.ToString();
    }

    private void WriteClients(MetricsText text, ConnectionCounts clients) =>
        text.Gauge("hotplate_connections", "Connections of clients.", clients.Open)
            .Gauge("hotplate_connections_max", "How many there may be.", clients.Most)
            .Counter("hotplate_connections_refused_total", "Connections closed as they came, because all the others were busy.", clients.PassedOver)
            .Counter("hotplate_connections_sent_away_total", "Connections ended to make room, by what they were about.", "state",
                clients.SentAway.Select(static one => KeyValuePair.Create(one.State, one.Count)))
            .Gauge("hotplate_client_memory_bytes", "What clients make the front hold: connections, heads, bodies and answers in memory, HTTP/2 streams.", app.Memory.Used)
            .Gauge("hotplate_client_memory_max_bytes", "How much that may be.", app.Memory.Limit);

    private static void WriteRequests(MetricsText text, TrafficView traffic, List<FailureCount> failed, Func<int, long> whole)
    {
        var answers = Enumerable.Range(1, 5).Select(hundred => KeyValuePair.Create(
            $"{hundred}xx", whole(hundred) + failed.Where(failure => failure.Status / 100 == hundred && failure.Status != 499).Sum(static failure => failure.Count)));
        text.Histogram("hotplate_request_queue_seconds", "From the request read to the application's beginning it.", traffic.QueueTime)
            .Histogram("hotplate_request_run_seconds", "While the application ran a request.", traffic.RunTime)
            .Counter("hotplate_responses_total", "Answers by the class of their status, Hotplate's own pages included.", "code", answers)
            .Counter("hotplate_requests_failed_total", "Requests that got no whole answer from the application, by reason.", "reason",
                failed.Select(static failure => KeyValuePair.Create(failure.Reason, failure.Count)))
            .Counter("hotplate_timeouts_total", "Requests that were ended because they took too long.", failed.Where(static failure => failure.Reason == "timed_out").Sum(static failure => failure.Count))
            .Counter("hotplate_requests_replayed_total", "Requests that ran again because their worker died.", traffic.Replayed)
            .Counter("hotplate_requests_moved_total", "Requests that left a dead worker before they had begun.", traffic.Moved)
            .Counter("hotplate_gil_wait_seconds_total", "How long requests waited for Python's GIL, where Hotplate can see it.", traffic.GilWait);
    }

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
