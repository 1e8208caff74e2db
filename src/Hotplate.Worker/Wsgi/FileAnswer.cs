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
        using var content = new NewRef(Api.PyBytes_FromStringAndSize(null, count));
        if (content.IsNull)
        {
            return false;
        }
        var bytes = (byte*)content.Object + PyText.BytesOffset;
        var thread = Gil.Release();
        var read = 0;
        while (read < count)
        {
            var n = Libc.pread(descriptor, bytes + read, count - read, offset + read);
            if (n <= 0)
            {
                break; // shorter than it was a moment ago
            }
            read += (int)n;
        }
        Gil.Retake(thread);
        content.Object->Size = read;
        var written = Answer.TryWrite(exchange, content.Object);
        content.Object->Size = count;
        return written && Answer.TryEnd(exchange);
    }
}
