using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>Two processes race for the slots of one scoreboard: the front takes requests back while the worker takes them.</summary>
public class ScoreboardRaceTests
{
    private const int Requests = 60_000;
    private const int Depth = 16;

    [Fact]
    public void A_request_is_either_taken_back_or_answered_and_never_both()
    {
        using var far = FarEnd.Start("environ");
        var worker = far.SpawnReady(slots: Depth);
        var random = new Random(2);
        Dictionary<uint, string> running = [];
        int reclaimed = 0, answered = 0;
        for (var sent = 0; sent < Requests || running.Count > 0;)
        {
            while (running.Count < Depth && sent < Requests)
            {
                var name = $"n{sent++}";
                running[worker.Send(new FarRequest { Target = $"/?key=QUERY_STRING&{name}" })] = name;
            }
            // Any of them, at once or a moment later: the worker is about to take just these.
            foreach (var stream in running.Keys.Where(_ => random.Next(3) == 0).ToList())
            {
                if (worker.TryReclaim(stream))
                {
                    reclaimed++;
                    running.Remove(stream);
                }
            }
            foreach (var (stream, name) in running.Where(_ => random.Next(4) > 0).ToList())
            {
                var answer = worker.Answer(stream);
                Assert.Equal((FarEnding.Whole, $"key=QUERY_STRING&{name}"), (answer.Ending, answer.Body));
                answered++;
                running.Remove(stream);
            }
        }
        Assert.Equal(Requests, reclaimed + answered);
        Assert.InRange(reclaimed, Requests / 100, Requests);
        Assert.InRange(answered, Requests / 100, Requests);
    }
}
