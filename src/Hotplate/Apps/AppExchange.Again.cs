using System.Text;
using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <content>
/// An answer that had begun when its worker died. When the request may run again it does, and its answer comes from the beginning on another worker:
/// the client gets what follows on what it has had, if that is the beginning of the new answer too, byte for byte. Otherwise the answer is cut.
/// Only with Content-Length: a stream of events that is not the same every time would keep its client waiting for long before that is known.
/// </content>
internal sealed partial class AppExchange
{
    /// <summary>Fields that describe the body. What else a head says may differ from one run to the next, and has been sent.</summary>
    private static readonly string[] s_describing = ["Content-Type", "Content-Encoding", "Content-Language", "Content-Range", "ETag", "Last-Modified"];

    private Worker? giver;
    private uint giverStream;
    private bool continuable;
    private AnswerDigest passed;

    /// <summary>What had come of the body when the worker before died.</summary>
    private AnswerDigest before;

    /// <summary>True when the answer, as far as there is one, is that worker's on that stream.</summary>
    private bool IsFrom(Worker? worker, uint stream) => worker is not null && worker == giver && stream == giverStream;

    /// <summary>Under the lock.</summary>
    private void GivenBy(Worker? worker, uint stream, bool mayContinue)
    {
        (giver, giverStream, continuable) = (worker, stream, mayContinue);
        passed = before = default;
    }

    /// <summary>Under the lock. The head of another run. False: it does not belong to what was sent.</summary>
    private bool TryContinue(Worker from, in FrameHeader frame, PayloadReader reader)
    {
        if (!continuable || !IsSameHead(ref reader))
        {
            return false;
        }
        before = passed.Length < before.Length ? before : passed;
        passed = default;
        (giver, giverStream) = (from, frame.Stream);
        // What the dead worker was not given credit for, this one has not sent.
        uncredited = 0;
        var body = from.BodyOf(frame, reader.Rest());
        return body.IsEmpty || TryPass(body);
    }

    /// <summary>Under the lock. Takes what the client has not had. False: what it has had is not the beginning of this.</summary>
    private bool TryPass(ReadOnlySpan<byte> body)
    {
        var known = body[..(int)Math.Clamp(before.Length - passed.Length, 0, body.Length)];
        if (!known.IsEmpty)
        {
            passed.Add(known);
            uncredited += known.Length;
            if (passed.Length == before.Length && passed != before)
            {
                return false;
            }
            body = body[known.Length..];
        }
        if (body.IsEmpty)
        {
            return true;
        }
        if (continuable)
        {
            passed.Add(body);
        }
        Take(body);
        return true;
    }

    /// <summary>Leaves the reader at the body.</summary>
    private bool IsSameHead(ref PayloadReader reader)
    {
        if (!ResponseHead.TryRead(ref reader, out var head) || head.Status != response.StatusCode)
        {
            return false;
        }
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (!ResponseHead.TryReadHeader(ref reader, out var id, out var name, out var value))
            {
                return false;
            }
            found[id == 0 ? Encoding.Latin1.GetString(name) : ResponseHeaders.Names[id]] = Encoding.Latin1.GetString(value);
        }
        var headers = response.Headers;
        return found.TryGetValue("Content-Length", out var length) && long.TryParse(length, out var promisedNow) && promisedNow == promised
            && Array.TrueForAll(s_describing, name => found.GetValueOrDefault(name, "") == headers[name].ToString());
    }
}
