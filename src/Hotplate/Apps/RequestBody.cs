using System.Buffers;
using System.IO.Pipelines;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>A request's body, read to its end before a worker is taken: in memory while it is small, then in a file without a name.</summary>
/// <remarks>A slow sender costs a connection and this, never a Python thread.</remarks>
internal sealed class RequestBody(HttpSettings settings, SpoolDirectory spool, BodyMemory budget) : IDisposable
{
    private const int FirstBuffer = 16 * 1024;

    // What the worker takes before it gives credit: more than that goes over as a file.
    private readonly int memoryLimit = Math.Min(settings.SpoolThreshold, Wire.InitialCredit);
    private byte[]? memory;
    private int taken;

    /// <summary>Bytes of the whole body.</summary>
    internal long Length { get; private set; }

    /// <summary>The body, when it is in memory.</summary>
    internal ReadOnlyMemory<byte> Memory => File is null ? memory.AsMemory(0, (int)Length) : default;

    /// <summary>The body's file, when it is not.</summary>
    internal SafeFileHandle? File { get; private set; }

    /// <summary>Reads to the end. <paramref name="announced"/> is the Content-Length, or null for a chunked body.</summary>
    /// <exception cref="Microsoft.AspNetCore.Http.BadHttpRequestException">The client sent a broken body.</exception>
    internal async ValueTask<RequestFailure> ReadAsync(PipeReader reader, long? announced, CancellationToken cancel)
    {
        if (announced > settings.MaxBodySize)
        {
            return RequestFailure.BodyTooLarge;
        }
        while (true)
        {
            var result = await reader.ReadAsync(cancel);
            foreach (var piece in result.Buffer)
            {
                if (Length + piece.Length > settings.MaxBodySize)
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return RequestFailure.BodyTooLarge;
                }
                var inMemory = File is null && Length + piece.Length <= memoryLimit && TryAppendToMemory(piece.Span, announced);
                if (!inMemory && !await AppendToFileAsync(piece))
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return RequestFailure.NoSpace;
                }
            }
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return RequestFailure.None;
            }
        }
    }

    /// <summary>Frees what the body held; it can be read into again.</summary>
    public void Dispose()
    {
        ReturnMemory();
        if (File is not null)
        {
            File.Dispose();
            File = null;
            spool.Release(Length);
        }
        Length = 0;
    }

    private bool TryAppendToMemory(ReadOnlySpan<byte> piece, long? announced)
    {
        var needed = (int)Length + piece.Length;
        if (memory is null || memory.Length < needed)
        {
            // A client that only announces a megabyte does not get one: the buffer follows what has arrived.
            var ahead = (int)Math.Min(announced ?? long.MaxValue, Math.Max(FirstBuffer, 4L * needed));
            var size = Math.Max(needed, Math.Min(ahead, memoryLimit));
            if (!budget.TryTake(size))
            {
                return false;
            }
            var larger = ArrayPool<byte>.Shared.Rent(size);
            memory?.AsSpan(0, (int)Length).CopyTo(larger);
            ReturnMemory();
            memory = larger;
            taken = size;
        }
        piece.CopyTo(memory.AsSpan((int)Length));
        Length = needed;
        return true;
    }

    private void ReturnMemory()
    {
        if (memory is not null)
        {
            ArrayPool<byte>.Shared.Return(memory);
            budget.Give(taken);
            memory = null;
            taken = 0;
        }
    }

    private async ValueTask<bool> AppendToFileAsync(ReadOnlyMemory<byte> piece)
    {
        try
        {
            if (File is null)
            {
                if (!spool.TryReserve(Length))
                {
                    return false;
                }
                File = spool.Create();
                if (memory is not null)
                {
                    await RandomAccess.WriteAsync(File, memory.AsMemory(0, (int)Length), 0);
                    ReturnMemory();
                }
            }
            if (!spool.TryReserve(piece.Length))
            {
                return false;
            }
            await RandomAccess.WriteAsync(File, piece, Length);
            Length += piece.Length;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
