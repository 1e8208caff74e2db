using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker.Wsgi;

/// <summary>Answers with a range of a regular file (wsgi.file_wrapper): a small one is read here, of a larger one the front gets the descriptor.</summary>
internal static unsafe class FileAnswer
{
    /// <summary>Passing a descriptor costs the front several system calls; copying this much costs less.</summary>
    private const int MaxCopied = 32 * 1024;

    /// <summary>False: an exception is set.</summary>
    internal static bool TrySend(Exchange* exchange, int descriptor, long offset, long count)
    {
        if (exchange->Phase == Phase.Called)
        {
            return Answer.TryEnd(exchange); // and that says what is wrong
        }
        if (exchange->NoBody || exchange->IsAbandoned || count <= 0)
        {
            return Answer.TryEnd(exchange);
        }
        if (exchange->HasLength && count > exchange->LengthLeft)
        {
            count = exchange->LengthLeft;
        }
        if (count <= MaxCopied)
        {
            return TrySendCopy(exchange, descriptor, offset, (int)count);
        }
        var sequence = exchange->Sequence;
        while (!Descriptors.TrySend(exchange->Stream, descriptor))
        {
            // The front has many of ours waiting to be received: a matter of a moment.
            var thread = Gil.Release();
            Outbox.Send(wait: true);
            _ = Libc.poll(null, 0, 1);
            Gil.Retake(thread);
            if (exchange->Sequence != sequence || exchange->Phase < Phase.Started)
            {
                Raise.RuntimeError("the request was answered already");
                return false;
            }
        }
        Answer.SendFileFrame(exchange, offset, count);
        return Answer.TryEnd(exchange);
    }

    private static bool TrySendCopy(Exchange* exchange, int descriptor, long offset, int count)
    {
        if (count <= Volatile.Read(ref exchange->Credit) && LaidBodies.TryTake(count, out var place, out var to))
        {
            var sequence = exchange->Sequence;
            var isWhole = Read(descriptor, to, offset) == count;
            if (exchange->Sequence != sequence || exchange->Phase < Phase.Started)
            {
                LaidBodies.GiveBack(place, count);
                Raise.RuntimeError("the request was answered already");
                return false;
            }
            if (isWhole && !exchange->IsAbandoned)
            {
                exchange->LengthLeft -= count;
                Answer.SendLaid(exchange, place, count);
                return Answer.TryEnd(exchange);
            }
            LaidBodies.GiveBack(place, count);
        }
        using var content = new NewRef(Api.PyBytes_FromStringAndSize(null, count));
        if (content.IsNull)
        {
            return false;
        }
        var read = Read(descriptor, new Span<byte>((byte*)content.Object + PyText.BytesOffset, count), offset);
        content.Object->Size = read;
        var written = Answer.TryWrite(exchange, content.Object);
        content.Object->Size = count;
        return written && Answer.TryEnd(exchange);
    }

    /// <summary>Without the GIL. Less than there is room for: the file is shorter than it was a moment ago.</summary>
    private static int Read(int descriptor, Span<byte> to, long offset)
    {
        var read = 0;
        fixed (byte* bytes = to)
        {
            var thread = Gil.Release();
            while (read < to.Length)
            {
                var n = Libc.pread(descriptor, bytes + read, to.Length - read, offset + read);
                if (n <= 0)
                {
                    break;
                }
                read += (int)n;
            }
            Gil.Retake(thread);
        }
        return read;
    }
}
