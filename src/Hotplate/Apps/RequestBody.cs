using System.Buffers;
using System.IO.Pipelines;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>A request's body, read to its end before a worker is taken: in memory while it is small, then in a file without a name.</summary>
/// <remarks>A slow sender costs a connection and this, never a Python thread.</remarks>
internal sealed class RequestBody(HttpSettings settings, SpoolDirectory spool, ClientMemory budget) : IDisposable
{
    private const int FirstBuffer = 16 * 1024;

    // What the worker takes before it gives credit: more than that goes over as a file.
    private readonly int memoryLimit = Math.Min(settings.SpoolThreshold, Wire.InitialCredit);
    private readonly List<ReadOnlyMemory<byte>> pieces = [];
    private readonly BodyPatience patience = new(settings.BodyTimeout);
    private byte[]? memory;
    private long reserved;
    private PipeReader? reading;
    private volatile bool refused;

    /// <summary>Bytes of the whole body.</summary>
    internal long Length { get; private set; }

    /// <summary>The body, when it is in memory.</summary>
    internal ReadOnlyMemory<byte> Memory => File is null ? memory.AsMemory(0, (int)Length) : default;

    /// <summary>The body's file, when it is not.</summary>
    internal SafeFileHandle? File { get; private set; }

    /// <summary>The client is sending it. May be asked from any thread, as the next.</summary>
    internal bool IsSent => reading is not null;

    /// <summary>Bytes of memory that are held while the client sends; 0 when it is not sending.</summary>
    internal int HeldForSender => reading is null ? 0 : memory?.Length ?? 0;

    /// <summary>Ends the reading from another thread, if there is one.</summary>
    internal void Refuse()
    {
        refused = true;
        reading?.CancelPendingRead();
    }

    /// <summary>Reads to the end. <paramref name="announced"/> is the Content-Length, or null for a chunked body.</summary>
    /// <exception cref="Microsoft.AspNetCore.Http.BadHttpRequestException">The client sent a broken body.</exception>
    internal async ValueTask<RequestFailure> ReadAsync(PipeReader reader, long? announced, CancellationToken cancel)
    {
        if (announced > settings.MaxBodySize)
        {
            return RequestFailure.BodyTooLarge;
        }
        var whole = false;
        try
        {
            reading = reader;
            BlockPool.ExpectBody(announced ?? 0);
            while (true)
            {
                var result = await patience.ReadAsync(reader, cancel);
                if (result.IsCanceled && (refused || patience.IsOver))
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return refused ? RequestFailure.NoMemory : RequestFailure.BodyTooSlow;
                }
                // Who sends less than a small block at a time gets no large one.
                var isFast = result.Buffer.Length >= BlockPool.Small;
                var failure = await AppendAsync(result.Buffer, announced);
                reader.AdvanceTo(result.Buffer.End);
                BlockPool.ExpectBody(isFast ? (announced ?? Length) - Length : 0);
                if (failure != RequestFailure.None || result.IsCompleted)
                {
                    whole = failure == RequestFailure.None;
                    return failure;
                }
            }
        }
        finally
        {
            reading = null;
            refused = false;
            if (!whole)
            {
                Dispose();
            }
        }
    }

    /// <summary>Frees what the body held; it can be read into again.</summary>
    public void Dispose()
    {
        ReturnMemory();
        File?.Dispose();
        File = null;
        spool.Release(reserved);
        reserved = Length = 0;
    }

    private async ValueTask<RequestFailure> AppendAsync(ReadOnlySequence<byte> more, long? announced)
    {
        if (Length + more.Length > settings.MaxBodySize)
        {
            return RequestFailure.BodyTooLarge;
        }
        return more.IsEmpty || TryAppendToMemory(more, announced) || await AppendToFileAsync(more) ? RequestFailure.None : RequestFailure.NoSpace;
    }

    private bool TryAppendToMemory(in ReadOnlySequence<byte> more, long? announced)
    {
        if (File is not null || Length + more.Length > memoryLimit)
        {
            return false;
        }
        var needed = (int)(Length + more.Length);
        if (memory is null || memory.Length < needed)
        {
            // A client that only announces a megabyte does not get one: the buffer follows what has arrived.
            var ahead = (int)Math.Min(announced ?? long.MaxValue, Math.Max(FirstBuffer, 4L * needed));
            var size = Math.Max(needed, Math.Min(ahead, memoryLimit));
            var larger = BodyBuffers.Rent(size);
            if (!budget.TryTake(larger.Length))
            {
                BodyBuffers.Return(larger);
                return false;
            }
            memory?.AsSpan(0, (int)Length).CopyTo(larger);
            ReturnMemory();
            memory = larger;
        }
        more.CopyTo(memory.AsSpan((int)Length));
        Length = needed;
        return true;
    }

    private void ReturnMemory()
    {
        if (memory is not null)
        {
            budget.Give(memory.Length);
            BodyBuffers.Return(memory);
            memory = null;
        }
    }

    /// <summary>All pieces in one write: Kestrel's are 4 KiB each, and every write is a turn of the thread pool.</summary>
    private async ValueTask<bool> AppendToFileAsync(ReadOnlySequence<byte> more)
    {
        var first = File is null ? Length : 0;
        var size = first + more.Length;
        if (!spool.TryReserve(size))
        {
            spool.Refused("the quota for bodies on disk is used up");
            return false;
        }
        reserved += size;
        try
        {
            File ??= spool.Create();
            pieces.Clear();
            if (first > 0)
            {
                pieces.Add(memory.AsMemory(0, (int)first));
            }
            foreach (var piece in more)
            {
                pieces.Add(piece);
            }
            await spool.WriteAsync(File, pieces, Length - first);
            Length += more.Length;
            ReturnMemory();
            return true;
        }
        catch (Exception error) when (SpoolDirectory.IsRefusal(error))
        {
            spool.Refused(error.Message);
            return false;
        }
        finally
        {
            pieces.Clear();
        }
    }
}
