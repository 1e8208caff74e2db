using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hotplate.Http;

/// <summary>Looks at the lines of a request head that Kestrel has just accepted, for what it lets pass and does not tell.</summary>
/// <remarks>
/// It stands between a connection and Kestrel and is no second parser: what a head's lines are is Kestrel's decision, seen in what it
/// consumes. Where bodies begin and end it is told by <see cref="Take"/> and <see cref="BodyEnded"/>. HTTP/1 only; one connection's
/// thread at a time.
/// </remarks>
internal sealed class HeadWatch(PipeReader inner) : PipeReader
{
    // A line's longest part that is of interest; a longer Connection field is no list that anybody means.
    private const int LongestOptions = 1024;

    private ReadOnlySequence<byte> unread;
    private Place place = Place.RequestLine;
    private bool strict = true;
    private string? options;

    private enum Place : byte
    {
        RequestLine,
        Fields,

        /// <summary>A whole head was seen and not taken yet.</summary>
        HeadEnd,

        /// <summary>What is consumed is not a head.</summary>
        Body,
    }

    /// <summary>Called once for each request, when Kestrel hands it over. False: its request line is none; answer 400.</summary>
    /// <param name="bodyFollows">The request has a body: nothing is looked at until <see cref="BodyEnded"/>.</param>
    /// <param name="connectionOptions">What stood in Connection, when there was more than the usual; Kestrel keeps only what it knows itself.</param>
    internal bool Take(bool bodyFollows, out string? connectionOptions)
    {
        // Without a head seen, the request before left its body to Kestrel and this one's lines passed by unseen.
        var result = place != Place.HeadEnd || strict;
        connectionOptions = options;
        place = bodyFollows ? Place.Body : Place.RequestLine;
        strict = true;
        options = null;
        return result;
    }

    /// <summary>The body was read to its end: the next bytes are a head.</summary>
    internal void BodyEnded() => place = Place.RequestLine;

    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        unread = result.Buffer;
        return read;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return AwaitAsync(reading);
        }
        var result = reading.Result;
        unread = result.Buffer;
        return new ValueTask<ReadResult>(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (place is Place.RequestLine or Place.Fields)
        {
            Look(unread.Slice(0, consumed));
        }
        unread = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    // A read waits for every request of a kept connection, so its state is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading)
    {
        var result = await reading;
        unread = result.Buffer;
        return result;
    }

    private void Look(in ReadOnlySequence<byte> consumed)
    {
        if (consumed.IsSingleSegment)
        {
            LookAtLines(consumed.FirstSpan);
        }
        else if (!consumed.IsEmpty)
        {
            // A head across two blocks of 4 KiB: rare.
            LookAtLines(consumed.ToArray());
        }
    }

    private void LookAtLines(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty && place <= Place.Fields)
        {
            var end = lines.IndexOf((byte)'\n');
            if (end < 0)
            {
                return;
            }
            LookAtLine(lines[..end]);
            lines = lines[(end + 1)..];
        }
    }

    private void LookAtLine(ReadOnlySpan<byte> line)
    {
        if (place == Place.RequestLine)
        {
            if (line.Length <= 1)
            {
                // RFC 9112 §2.2: an empty line before a request is passed over; it ends in CR LF as every other.
                strict &= line.Length == 1;
                return;
            }
            // Kestrel takes any number of spaces between the target and "HTTP/1.1\r".
            strict &= line.Length > 10 && line[^10] == ' ' && line[^11] != ' ';
            place = Place.Fields;
        }
        else if (line.Length <= 1)
        {
            place = Place.HeadEnd;
        }
        else if ((line[0] | 0x20) == 'c' && line.Length > 11 && line[10] == ':' && Ascii.EqualsIgnoreCase(line[..10], "connection"u8))
        {
            LookAtOptions(line[11..].Trim(" \t\r"u8));
        }
    }

    private void LookAtOptions(ReadOnlySpan<byte> value)
    {
        if (!value.Contains((byte)',') && (Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || Ascii.EqualsIgnoreCase(value, "close"u8)))
        {
            return;
        }
        if (value.Length + (options?.Length ?? 0) <= LongestOptions)
        {
            options = options is null ? Encoding.Latin1.GetString(value) : options + "," + Encoding.Latin1.GetString(value);
        }
    }
}
