using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hotplate.Http;

/// <summary>Looks at the lines of a request head that Kestrel has just accepted, for what it lets pass and does not tell.</summary>
/// <remarks>
/// It stands between a connection and Kestrel and is no second parser: what a head's lines are is Kestrel's decision, seen in what it
/// consumes. Where bodies begin and end it is told by <see cref="Take"/> and <see cref="BodyEnded"/>. What is consumed of a head goes back to the
/// transport when its request is taken or more is read, so that what was refused can still be told of. HTTP/1 only; one connection's thread at a time.
/// </remarks>
internal sealed class HeadWatch(PipeReader inner, ClientConnection? client = null) : PipeReader
{
    // A line's longest part that is of interest; a longer Connection field is no list that anybody means.
    private const int LongestOptions = 1024;

    private ReadOnlySequence<byte> head;
    private SequencePosition consumed;
    private SequencePosition examined;
    private bool owing;
    private Place place = Place.RequestLine;
    private bool strict = true;

    // Kestrel consumed the CR of an empty line by itself: it came alone.
    private bool afterReturn;
    private string? options;
    private int waitsSince;
    private int begunSince;
    private int takenSince;
    private bool dead;
    private readonly HeadMend mend = new();
    private MendedSequence? mended;
    private ChunkMend? chunks;
    private ReadOnlySequence<byte> body;
    private long bodyShown;

    private enum Place : byte
    {
        RequestLine,
        Fields,

        /// <summary>A whole head was seen and not taken yet.</summary>
        HeadEnd,

        /// <summary>What is consumed is not a head.</summary>
        Body,

        /// <summary>The same, and the number of its bytes is known.</summary>
        CountedBody,
    }

    /// <summary>The head that is being read, as far as it is there, and whatever came behind it; empty once its request was taken.</summary>
    internal ReadOnlySequence<byte> Head => owing ? head : default;

    /// <summary>The next bytes are a head's, and are waited for. This and the next two may be asked from any thread.</summary>
    internal bool Waits => Volatile.Read(ref waitsSince) != 0 && place is Place.RequestLine or Place.Fields;

    /// <summary>Part of that head has come.</summary>
    internal bool Begun => begunSince != 0;

    /// <summary>The second since which a head is waited for, or in which its first part came, or all of it.</summary>
    internal int Since => begunSince != 0 ? begunSince : Volatile.Read(ref waitsSince) is var waits and not 0 ? waits : takenSince;

    /// <summary>The head that was being read is given up, whatever Kestrel says of it.</summary>
    internal bool IsRefused { get; private set; }

    /// <summary>Gives up the head that is being read. Kestrel is shown an end, and closes the connection. From any thread.</summary>
    internal void Refuse()
    {
        IsRefused = true;
        inner.CancelPendingRead();
    }

    /// <summary>Called once for each request, when Kestrel hands it over. False: its request line is none; answer 400.</summary>
    /// <param name="bodyFollows">The request has a body: nothing is looked at until <see cref="BodyEnded"/>.</param>
    /// <param name="counted">Its head says how long the body is.</param>
    /// <param name="connectionOptions">What stood in Connection, when there was more than the usual; Kestrel keeps only what it knows itself.</param>
    internal bool Take(bool bodyFollows, bool counted, out string? connectionOptions)
    {
        GiveBack();
        // Without a head seen, the request before left its body to Kestrel and this one's lines passed by unseen.
        var result = place != Place.HeadEnd || strict;
        connectionOptions = options;
        place = !bodyFollows ? Place.RequestLine : counted ? Place.CountedBody : Place.Body;
        strict = true;
        options = null;
        begunSince = 0;
        takenSince = client?.Now ?? 0;
        mend.Reset();
        if (place == Place.Body)
        {
            (chunks ??= new ChunkMend()).Begin();
        }
        return result;
    }

    /// <summary>The body was read to its end: the next bytes are a head.</summary>
    internal void BodyEnded() => place = Place.RequestLine;

    public override bool TryRead(out ReadResult result)
    {
        GiveBack();
        if (!inner.TryRead(out result))
        {
            return false;
        }
        result = Show(result);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        GiveBack();
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Show(reading.Result)) : AwaitAsync(reading);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (dead)
        {
            return;
        }
        if (place is not (Place.RequestLine or Place.Fields))
        {
            AdvanceInBody(consumed, examined);
            return;
        }
        if (mended is not null)
        {
            (consumed, examined) = (mended.Original(consumed), mended.Original(examined));
            mended = null;
        }
        var start = place == Place.Fields ? this.consumed : head.Start;
        if (head.IsSingleSegment)
        {
            var before = head.Start.GetInteger();
            Look(head.FirstSpan[(start.GetInteger() - before)..(consumed.GetInteger() - before)]);
        }
        else
        {
            // A head across two blocks of 4 KiB: rare.
            Look(head.Slice(start, consumed).ToArray());
        }
        (this.consumed, this.examined, owing) = (consumed, examined, true);
        if (place == Place.Fields || (place == Place.RequestLine && !consumed.Equals(head.End)))
        {
            Count();
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        GiveBack();
        inner.Complete(exception);
    }

    // A read waits for every request of a kept connection, so its state is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading)
    {
        Volatile.Write(ref waitsSince, client?.Now ?? 1);
        var result = await reading;
        Volatile.Write(ref waitsSince, 0);
        return Show(result);
    }

    private ReadResult Show(ReadResult result)
    {
        if (place is not (Place.RequestLine or Place.Fields))
        {
            // A client may end its sending behind the body (RFC 9112 §9.6). Kestrel takes the end for a body cut short before it has counted what is there,
            // so it is shown what is there first, and the end by itself. It takes all it is shown of such a body, so nothing is shown twice.
            return place == Place.Body ? ShowChunks(result)
                : place == Place.CountedBody && result.IsCompleted && !result.Buffer.IsEmpty ? new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false)
                : result;
        }
        head = result.Buffer;
        if (IsRefused)
        {
            (consumed, examined, owing, dead) = (place == Place.Fields ? consumed : head.Start, head.End, true, true);
            return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
        }
        // A head that comes in pieces is kept from its first line on; Kestrel's limits bound it.
        var shown = place == Place.RequestLine ? head : head.Slice(consumed);
        mended = mend.Mend(head, shown, atLine: place == Place.RequestLine);
        return new ReadResult(mended?.Buffer ?? shown, result.IsCanceled, result.IsCompleted);
    }

    private ReadResult ShowChunks(in ReadResult result)
    {
        body = result.Buffer;
        bodyShown = chunks!.Look(body);
        if (bodyShown == body.Length || result.IsCompleted)
        {
            bodyShown = body.Length;
            return result;
        }
        return new ReadResult(body.Slice(0, bodyShown), result.IsCanceled, result.IsCompleted);
    }

    private void AdvanceInBody(SequencePosition consumed, SequencePosition examined)
    {
        if (place == Place.Body && !body.IsEmpty)
        {
            // Who has looked at all that it was shown waits for more than is there.
            examined = bodyShown < body.Length && body.Slice(0, examined).Length == bodyShown ? body.End : examined;
            chunks!.Consumed(body.Slice(0, consumed).Length);
            body = default;
        }
        inner.AdvanceTo(consumed, examined);
    }

    private void GiveBack()
    {
        if (!owing)
        {
            return;
        }
        owing = false;
        if (place == Place.Fields)
        {
            inner.AdvanceTo(head.Start, examined);
            return;
        }
        head = default;
        inner.AdvanceTo(consumed, examined);
    }

    /// <summary>Only part of a head has come.</summary>
    private void Count()
    {
        if (client is null)
        {
            return;
        }
        if (begunSince == 0)
        {
            begunSince = client.Now;
        }
        if (!client.HoldHead(head.Length))
        {
            Refuse();
        }
    }

    // Kestrel consumes whole lines: a head at once as a rule, or one part after another as they come.
    private void Look(ReadOnlySpan<byte> lines)
    {
        if (place == Place.RequestLine)
        {
            lines = LookAtRequestLine(lines);
        }
        if (lines.IsEmpty)
        {
            return;
        }
        LookForConnection(lines);
        if (lines.Length == 2 || lines.EndsWith("\r\n\r\n"u8))
        {
            place = Place.HeadEnd;
        }
    }

    /// <summary>Returns the lines behind it.</summary>
    private ReadOnlySpan<byte> LookAtRequestLine(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            if (end < 0)
            {
                afterReturn = lines is [(byte)'\r'];
                strict &= afterReturn;
                return default;
            }
            var line = lines[..end];
            lines = lines[(end + 1)..];
            if (end > 1)
            {
                // Kestrel takes any number of spaces between the target and "HTTP/1.1\r".
                strict &= !afterReturn && end > 10 && line[^10] == ' ' && line[^11] != ' ';
                afterReturn = false;
                place = Place.Fields;
                break;
            }
            // RFC 9112 §2.2: an empty line before a request is passed over; it ends in CR LF as every other.
            strict &= afterReturn ? end == 0 : end == 1;
            afterReturn = false;
        }
        return lines;
    }

    // One search for the name as browsers and proxies write it, and one for capitals; a field in mixed case is not looked at.
    private void LookForConnection(ReadOnlySpan<byte> lines)
    {
        var before = (byte)'\n';
        for (var rest = lines; ;)
        {
            var at = rest.IndexOf("onnection:"u8);
            at = at < 0 ? rest.IndexOf("ONNECTION:"u8) : at;
            if (at < 0)
            {
                return;
            }
            var starts = at > 0 && (rest[at - 1] | 0x20) == 'c' && (at > 1 ? rest[at - 2] : before) == '\n';
            rest = rest[(at + "onnection:".Length)..];
            before = (byte)':';
            if (starts)
            {
                var end = rest.IndexOf((byte)'\r');
                LookAtOptions(rest[..Math.Max(end, 0)].Trim(" \t"u8));
            }
        }
    }

    private void LookAtOptions(ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || Ascii.EqualsIgnoreCase(value, "close"u8))
        {
            return;
        }
        if (value.Length + (options?.Length ?? 0) <= LongestOptions)
        {
            options = options is null ? Encoding.Latin1.GetString(value) : options + "," + Encoding.Latin1.GetString(value);
        }
    }
}
