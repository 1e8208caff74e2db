using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>The part of an answer that the worker has given and the client has not taken: in memory first, then in a file.</summary>
/// <remarks>
/// One side appends, one side reads, and a background task moves memory to disk when the reader is slow; all under the owner's lock but for
/// the file's reads and writes. Order: what is in the file is older than what is in memory.
/// </remarks>
internal sealed class ResponseSpool(int memoryLimit, long fileLimit, SpoolDirectory directory, BodyMemory budget)
{
    private readonly Queue<(byte[] Buffer, int Length)> memory = new();
    private SafeFileHandle? file;
    private long fileStart;
    private long fileEnd;
    private int budgeted;
    private bool overBudget;

    /// <summary>Bytes in memory.</summary>
    internal int InMemory { get; private set; }

    internal bool IsEmpty => InMemory == 0 && fileStart == fileEnd;

    /// <summary>More is in memory than should be, and the disk may take it.</summary>
    internal bool WantsDisk => (InMemory >= memoryLimit || overBudget) && fileEnd < fileLimit;

    /// <summary>The worker may send more: there is room in memory.</summary>
    internal bool HasRoom => InMemory < memoryLimit && !overBudget;

    internal void Append(ReadOnlySpan<byte> piece)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(piece.Length);
        piece.CopyTo(buffer);
        memory.Enqueue((buffer, piece.Length));
        // What has come must be kept (it is bounded by the stream's credit); what is over the budget goes to disk next.
        if (budget.TryTake(piece.Length))
        {
            budgeted += piece.Length;
        }
        else
        {
            overBudget = true;
        }
        InMemory += piece.Length;
    }

    /// <summary>The oldest piece in memory, when nothing older is on disk. The caller returns the buffer to the shared pool.</summary>
    internal bool TryTake(out byte[] buffer, out int length)
    {
        if (fileStart < fileEnd || !memory.TryDequeue(out var piece))
        {
            buffer = [];
            length = 0;
            return false;
        }
        (buffer, length) = piece;
        InMemory -= length;
        GiveBack(length);
        return true;
    }

    /// <summary>The oldest piece in memory whatever is on disk: for moving it there.</summary>
    internal bool TryTakeForDisk(out byte[] buffer, out int length)
    {
        if (!memory.TryDequeue(out var piece))
        {
            buffer = [];
            length = 0;
            return false;
        }
        (buffer, length) = piece;
        InMemory -= length;
        GiveBack(length);
        return true;
    }

    /// <summary>Where the next bytes are on disk; count 0 when none are.</summary>
    internal (SafeFileHandle? File, long Offset, int Count) OnDisk(int most) => (file, fileStart, (int)Math.Min(most, fileEnd - fileStart));

    /// <summary>So many bytes were read from disk.</summary>
    internal void ReadFromDisk(int count)
    {
        fileStart += count;
        directory.Release(count);
    }

    /// <summary>Writes a piece at the file's end. Called by one task at a time, outside the owner's lock.</summary>
    /// <exception cref="IOException">The disk or the quota is full.</exception>
    internal async Task WriteToDiskAsync(ReadOnlyMemory<byte> piece)
    {
        if (!directory.TryReserve(piece.Length))
        {
            throw new IOException("the quota for bodies on disk is used up");
        }
        file ??= directory.Create();
        await RandomAccess.WriteAsync(file, piece, fileEnd);
    }

    /// <summary>What <see cref="WriteToDiskAsync"/> wrote may be read. Under the owner's lock.</summary>
    internal void WroteToDisk(int count) => fileEnd += count;

    private void GiveBack(int length)
    {
        var given = Math.Min(length, budgeted);
        budgeted -= given;
        budget.Give(given);
        overBudget &= InMemory > 0;
    }

    internal void Clear()
    {
        while (memory.TryDequeue(out var piece))
        {
            ArrayPool<byte>.Shared.Return(piece.Buffer);
        }
        InMemory = 0;
        GiveBack(budgeted);
        if (file is not null)
        {
            directory.Release(fileEnd - fileStart);
            file.Dispose();
            file = null;
            fileStart = fileEnd = 0;
        }
    }
}
