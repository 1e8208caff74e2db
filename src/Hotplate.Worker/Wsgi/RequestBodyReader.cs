using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;

namespace Hotplate.Worker.Wsgi;

/// <summary>Reads a request body that comes in frames of its own, and allows the front to send as much more.</summary>
internal static unsafe class RequestBodyReader
{
    /// <summary>At most so many bytes, waiting for the first. Empty at the end; an exception when the client left before that.</summary>
    internal static PyObject* Read(Exchange* exchange, int most, bool wait)
    {
        var sequence = exchange->Sequence;
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(most, 1));
        try
        {
            while (true)
            {
                var count = exchange->Body.Take(buffer.AsSpan(0, most), out var atEnd, out var credit);
                if (credit > 0)
                {
                    Outbox.Append(FrameType.Credit, FrameFlags.None, 0, exchange->Stream, credit, default);
                    Outbox.Send(wait: false);
                }
                if (count > 0 || atEnd || most == 0)
                {
                    fixed (byte* bytes = buffer)
                    {
                        return Api.PyBytes_FromStringAndSize(bytes, count);
                    }
                }
                if (exchange->IsAbandoned)
                {
                    return Raise.Set(Api.ConnectionResetError, "the client left before it sent all of the request's body");
                }
                if (!wait)
                {
                    return Reference.Add(Api.None);
                }
                Waiting.ForBody(exchange);
                if (exchange->Sequence != sequence || exchange->Phase < Phase.Called)
                {
                    return Raise.RuntimeError("the request was answered already");
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
