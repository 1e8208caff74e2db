using System.Text;
using System.Text.Json;
using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>PEP 3333 through a real worker, in every CPython that is here.</summary>
public class GatewayTests
{
    public static TheoryData<string> All => [.. Pythons.Found];

    [Fact]
    public void A_worker_answers_in_the_bytes_of_the_wire_document()
    {
        using var far = FarEnd.Start("gateway");
        var worker = far.SpawnReady();
        var answer = worker.Get("/header?name=X-Table&value=7");
        Assert.Equal([("X-Table", "7")], answer.Headers);
        Assert.Equal((200, "", "header"), (answer.Status, answer.Reason, answer.Body));
    }

    [Theory, MemberData(nameof(All))]
    public void Environ_is_what_the_request_says(string python)
    {
        using var far = FarEnd.Start("environ", python: python, threads: 4);
        var worker = far.SpawnReady();
        var answer = worker.Ask(new FarRequest
        {
            Method = "LOCK",
            Target = "/shop/caf%E9?a=1&b=2",
            Path = "/caf\u00e9",
            Mount = "/shop",
            RequestId = "r-1",
            Https = true,
            Version = Hotplate.Channel.HttpVersion.Http2,
            Headers = [("HTTP_HOST", "example.org"), ("CONTENT_TYPE", "text/x"), ("X_OWN", "caf\u00e9"), ("X_OWN", "2"), ("HTTP_COOKIE", "a=1"), ("HTTP_COOKIE", "b=2"), ("HTTP_ACCEPT", "a"), ("HTTP_ACCEPT", "b")],
            Body = "hello"u8.ToArray(),
        });
        var environ = JsonDocument.Parse(answer.Body).RootElement.GetProperty("environ");
        string Text(string key) => environ.GetProperty(key).GetProperty("value").ToString();
        var expected = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["REQUEST_METHOD"] = "LOCK",
            ["SCRIPT_NAME"] = "/shop",
            ["PATH_INFO"] = "/caf\u00e9",
            ["QUERY_STRING"] = "a=1&b=2",
            ["REQUEST_URI"] = "/shop/caf%E9?a=1&b=2",
            ["RAW_URI"] = "/shop/caf%E9?a=1&b=2",
            ["SERVER_NAME"] = "localhost",
            ["SERVER_PORT"] = "8000",
            ["SERVER_PROTOCOL"] = "HTTP/2",
            ["REMOTE_ADDR"] = "127.0.0.1",
            ["REMOTE_PORT"] = "50000",
            ["CONTENT_TYPE"] = "text/x",
            ["CONTENT_LENGTH"] = "5",
            ["HTTP_HOST"] = "example.org",
            ["HTTP_X_OWN"] = "caf\u00e9,2",
            ["HTTP_COOKIE"] = "a=1; b=2",
            ["HTTP_ACCEPT"] = "a,b",
            ["wsgi.url_scheme"] = "https",
            ["HTTPS"] = "on",
            ["wsgi.multithread"] = "True",
            ["wsgi.multiprocess"] = "False",
            ["wsgi.run_once"] = "False",
            ["wsgi.input_terminated"] = "True",
            ["hotplate.request_id"] = "r-1",
        };
        foreach (var (key, value) in expected)
        {
            Assert.Equal((key, value), (key, Text(key)));
        }
        Assert.StartsWith("hotplate/", Text("SERVER_SOFTWARE"), StringComparison.Ordinal);
        Assert.True(JsonDocument.Parse(answer.Body).RootElement.GetProperty("dict").GetBoolean());
    }

    [Theory, MemberData(nameof(All))]
    public void What_one_request_had_the_next_has_not(string python)
    {
        using var far = FarEnd.Start("environ", python: python);
        var worker = far.SpawnReady();
        worker.Ask(new FarRequest { Method = "POST", Target = "/a?spoil=1", Headers = [("HTTP_COOKIE", "secret=1"), ("X_OWN", "1")], Body = [1], RequestId = "r-1", Mount = "/m", Https = true });
        var body = worker.Get("/").Body;
        foreach (var gone in new[] { "secret", "X_OWN", "spoil", "CONTENT_LENGTH", "r-1", "https", "HTTPS", "POST", "\"/m\"" })
        {
            Assert.DoesNotContain(gone, body);
        }
        Assert.Contains("wsgi.version", body);
    }

    [Theory, MemberData(nameof(All))]
    public void Every_form_of_answer_arrives_whole(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        foreach (var path in new[] { "/list", "/tuple", "/generator", "/closing", "/write", "/bytesio", "/length?n=13" })
        {
            var answer = worker.Get(path);
            Assert.Equal((path, 200, "one two three", FarEnding.Whole), (path, answer.Status, answer.Body, answer.Ending));
            Assert.Equal("text/plain", answer["Content-Type"]);
        }
        Assert.Equal(("", FarEnding.Whole), (worker.Get("/empty").Body, worker.Get("/empty").Ending));
    }

    [Theory, MemberData(nameof(All))]
    public void An_answer_that_is_known_at_once_is_one_frame(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        Assert.Equal([FrameType.Response], worker.Get("/list").Frames);
        Assert.Equal([FrameType.Response], worker.Get("/empty").Frames);
        Assert.Equal([FrameType.Response], worker.Get("/closing").Frames);
    }

    [Theory, MemberData(nameof(All))]
    public void A_failing_application_gets_a_500_or_a_cut_and_its_traceback_in_the_log(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var raised = worker.Get("/raise");
        Assert.Equal((0, FarEnding.Failed, 500), (raised.Status, raised.Ending, raised.FailedStatus));
        var late = worker.Get("/late");
        Assert.Equal((200, "one ", FarEnding.Failed), (late.Status, late.Body, late.Ending));
        Assert.Equal((0, FarEnding.Failed), (worker.Get("/none").Status, worker.Get("/none").Ending));
        Assert.Equal(FarEnding.Failed, worker.Get("/str").Ending);
        Assert.Equal(FarEnding.Failed, worker.Get("/twice").Ending);
        var traceback = worker.Log.Find(log => log.Stream == raised.Stream);
        Assert.Equal(4u, traceback.Level);
        Assert.Contains("RuntimeError: raised on purpose", traceback.Text);
        Assert.DoesNotContain("hotplate_worker", traceback.Text);
        Assert.Equal("one two three", worker.Get("/list").Body);
    }

    [Theory, MemberData(nameof(All))]
    public void Exc_info_replaces_a_head_that_is_not_out_and_comes_back_from_one_that_is(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var replaced = worker.Get("/replaced");
        Assert.Equal((500, "Replaced", "replaced"), (replaced.Status, replaced.Reason, replaced.Body));
        var reraised = worker.Get("/reraised");
        Assert.Equal((200, FarEnding.Failed), (reraised.Status, reraised.Ending));
        Assert.Contains(worker.Log, log => log.Stream == reraised.Stream && log.Text.Contains("ValueError: on purpose", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(All))]
    public void Headers_are_checked_and_go_over_byte_for_byte(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        Assert.Equal("caf\u00e9", worker.Get("/header?name=X-Own&value=caf%E9")["X-Own"]);
        Assert.Equal("/a", worker.Get("/header?name=location&value=/a")["Location"]);
        foreach (var bad in new[] { "X-A&value=a%0D%0Ab", "X-A&value=a%00", "X%20A&value=a", "Content-Length&value=%2B5" })
        {
            Assert.Equal((bad, FarEnding.Failed, 0), (bad, worker.Get($"/header?name={bad}").Ending, worker.Get($"/header?name={bad}").Status));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_content_length_is_kept_to(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var longer = worker.Get("/length?n=5");
        Assert.Equal(("one t", FarEnding.Whole), (longer.Body, longer.Ending));
        var shorter = worker.Get("/length?n=20");
        Assert.Equal(("one two three", FarEnding.Failed), (shorter.Body, shorter.Ending));
        Assert.Contains(worker.Log, log => log.Stream == longer.Stream && log.Text.Contains("longer than its Content-Length", StringComparison.Ordinal));
        Assert.Contains(worker.Log, log => log.Stream == shorter.Stream && log.Text.Contains("shorter than its Content-Length", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(All))]
    public void HEAD_has_no_body_but_its_length(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        foreach (var path in new[] { "/length?n=13", "/list", "/write", "/large" })
        {
            var answer = worker.Ask(new FarRequest { Method = "HEAD", Target = path });
            Assert.Equal((path, 200, "", FarEnding.Whole), (path, answer.Status, answer.Body, answer.Ending));
            Assert.True(answer.HeadFlags.HasFlag(FrameFlags.NoBody));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_file_is_sent_from_its_descriptor(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var large = worker.Get("/large");
        Assert.Contains(FrameType.ResponseFile, large.Frames);
        Assert.Equal(Enumerable.Range(0, 300_000).Select(n => (byte)(n % 251)), large.BodyBytes.ToArray());
        var small = worker.Get("/small");
        Assert.DoesNotContain(FrameType.ResponseFile, small.Frames);
        Assert.Equal(File.ReadAllText(Path.Combine(Pythons.App("gateway"), "app.py")), Encoding.UTF8.GetString(small.BodyBytes.ToArray()));
    }

    [Theory, MemberData(nameof(All))]
    public void A_body_is_read_whichever_way_it_comes(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(n => $"line {n}\n")));
        Assert.Equal(body, worker.Ask(new FarRequest { Method = "POST", Target = "/body", Body = body }).BodyBytes.ToArray());
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, body);
        using (var file = File.OpenHandle(path))
        {
            Assert.Equal(body, worker.Ask(new FarRequest { Method = "POST", Target = "/body", BodyFile = file }).BodyBytes.ToArray());
            Assert.Equal("5000", worker.Ask(new FarRequest { Method = "POST", Target = "/lines", BodyFile = file }).Body);
        }
        body.CopyTo(worker.Bodies.At(SharedBodies.Size - body.Length, body.Length));
        var inMemory = (SharedBodies.Size - (uint)body.Length, (uint)body.Length);
        Assert.Equal(body, worker.Ask(new FarRequest { Method = "POST", Target = "/body", BodyInMemory = inMemory }).BodyBytes.ToArray());
        Assert.Equal("5000", worker.Ask(new FarRequest { Method = "POST", Target = "/lines", BodyInMemory = inMemory }).Body);
        File.Delete(path);
        foreach (var (target, expected) in new[] { ("/body", Encoding.ASCII.GetString(body)), ("/lines", "5000"), ("/part", "line 0\nlin") })
        {
            var stream = worker.Send(new FarRequest { Method = "POST", Target = target, BodyFollows = true });
            for (var at = 0; at < body.Length; at += 7000)
            {
                worker.Send(FrameType.RequestBody, at + 7000 >= body.Length ? FrameFlags.End : FrameFlags.None, stream: stream, payload: body[at..Math.Min(at + 7000, body.Length)]);
            }
            Assert.Equal(expected, worker.Answer(stream).Body);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Errors_go_to_the_log_by_whole_lines_with_their_request(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        var answer = worker.Get("/errors");
        Assert.Equal([(answer.Stream, "remark\n"), (answer.Stream, "and")], worker.Log.Select(log => (log.Stream, log.Text)));
    }

    [Theory, MemberData(nameof(All))]
    public void A_start_response_or_write_of_an_answered_request_only_raises(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        Assert.Equal("kept", worker.Get("/stored").Body);
        Assert.Equal(
            "RuntimeError: start_response called after the request was answered\nRuntimeError: write() called after the request was answered",
            worker.Get("/stored").Body);
    }

    [Fact]
    public void A_large_answer_lies_in_shared_memory_as_far_as_the_front_has_read_what_lay_there()
    {
        using var far = FarEnd.Start("gateway");
        var worker = far.SpawnReady();
        worker.ReadsAnswers = false;
        Assert.Equal(8 << 20, worker.Get("/big?mb=8").BodyBytes.Length);
        Assert.Equal(SharedBodies.Size / Wire.MaxBodyFrame, worker.Laid);
        Interlocked.Or(ref worker.Board.Worker.AnswersRead, 0xFF);
        Assert.Equal(1 << 20, worker.Get("/big?mb=1").BodyBytes.Length);
        Assert.Equal((SharedBodies.Size / Wire.MaxBodyFrame) + 2, worker.Laid);
    }

    [Theory, MemberData(nameof(All))]
    public void A_large_answer_waits_for_credit_and_ends_when_the_client_leaves(string python)
    {
        using var far = FarEnd.Start("gateway", python: python);
        var worker = far.SpawnReady();
        Assert.Equal(8 << 20, worker.Get("/big?mb=8").BodyBytes.Length);
        worker.GivesCredit = false;
        var stream = worker.Send(new FarRequest { Target = "/big?mb=8" });
        worker.Until(() => worker.BodySoFar(stream) == Wire.InitialCredit, "the first credit was used");
        Assert.True(worker.IsSilentFor(50));
        worker.Send(FrameType.ResponseCredit, stream: stream, argument: 1000);
        worker.Until(() => worker.BodySoFar(stream) == Wire.InitialCredit + 1000, "the second credit was used");
        worker.Send(FrameType.Abandon, stream: stream);
        Assert.Equal(FarEnding.Whole, worker.Answer(stream).Ending);
        Assert.Equal("one two three", worker.Get("/list").Body);
    }

    [Theory, MemberData(nameof(All))]
    public void A_drained_worker_finishes_what_is_queued_and_exits_0(string python)
    {
        using var far = FarEnd.Start("gateway", python: python, threads: 4);
        var worker = far.SpawnReady();
        var streams = Enumerable.Range(0, 10).Select(_ => worker.Send(new FarRequest { Target = "/list" })).ToList();
        worker.Send(FrameType.Drain);
        Assert.All(streams, stream => Assert.Equal("one two three", worker.Answer(stream).Body));
        Assert.Equal(0, far.HearExit());
    }
}
