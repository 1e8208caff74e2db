using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>The part of an answer that the worker has given and the client has not taken: in memory first, then in a file.</summary>
/// <remarks>
/// One side appends, one reads, and a mover brings memory to disk when the reader is slow; all under the owner's lock but for the file's reads
/// and writes. Order: what is in the file is the oldest, then the piece that is being moved, then what is in memory. A disk that refuses a piece is
/// not asked again until memory is empty: the reader takes what there is, and the worker waits meanwhile as it does when the file is as long as it may be.
/// </remarks>
internal sealed class ResponseSpool(int memoryLimit, long fileLimit, SpoolDirectory directory, ClientMemory budget)
{
    private readonly Queue<(byte[] Buffer, int Length)> memory = new();
    private SafeFileHandle? file;
    private long fileStart;
    private long fileEnd;
    private long reserved;
    private int budgeted;
    private bool overBudget;
    private bool diskRefused;
    private (byte[] Buffer, int Length)? returned;

    /// <summary>Bytes in memory.</summary>
    internal int InMemory { get; private set; }

    /// <summary>A mover is at work: what comes next is neither in the file yet nor in memory any more.</summary>
    internal bool Moving { get; private set; }

    internal bool IsEmpty => InMemory == 0 && fileStart == fileEnd && !Moving;

    /// <summary>Nothing is held for it: no memory, no file, no quota.</summary>
    internal bool IsClear => IsEmpty && file is null;

    /// <summary>More is in memory than should be, and the disk may take it.</summary>
    internal bool WantsDisk => (InMemory >= memoryLimit || overBudget) && fileEnd < fileLimit && !diskRefused;

    /// <summary>The worker may send more: there is room in memory.</summary>
    internal bool HasRoom => InMemory < memoryLimit && !overBudget;

    internal void Append(ReadOnlySpan<byte> piece)
    {
        var buffer = BodyBuffers.Rent(piece.Length);
        piece.CopyTo(buffer);
        memory.Enqueue((buffer, piece.Length));
        // What has come must be kept (it is bounded by the stream's credit); what is over the budget goes to disk next.
        if (budget.TryTake(buffer.Length))
        {
            budgeted += buffer.Length;
        }
        else
        {
            overBudget = true;
        }
        InMemory += piece.Length;
    }

    /// <summary>The oldest piece in memory, for the client, when nothing older is elsewhere. The caller returns the buffer.</summary>
    internal bool TryTake(out byte[] buffer, out int length)
    {
        if (fileStart == fileEnd && !Moving)
        {
            return TryTakeOldest(out buffer, out length);
        }
        (buffer, length) = ([], 0);
        return false;
    }

    /// <summary>The oldest piece in memory, for the mover. False: there is none, or the file is as long as it may be.</summary>
    internal bool TryTakeForDisk(out byte[] buffer, out int length)
    {
        if (fileEnd < fileLimit && !diskRefused)
        {
            return TryTakeOldest(out buffer, out length);
        }
        (buffer, length) = ([], 0);
        return false;
    }

    /// <summary>A mover is about to start.</summary>
    internal void StartMoving() => Moving = true;

    /// <summary>The mover has nothing in hand any more, and stops. As with <see cref="ReadFromDisk"/>, the caller closes what is returned.</summary>
    internal SafeFileHandle? StopMoving()
    {
        Moving = false;
        return fileStart == fileEnd ? LeaveFile() : null;
    }

    /// <summary>The disk has not taken the piece that the mover had in hand: it is the next after what is in the file, and the mover stops.</summary>
    internal SafeFileHandle? Return(byte[] buffer, int length)
    {
        diskRefused = true;
        returned = (buffer, length);
        InMemory += length;
        if (budget.TryTake(buffer.Length))
        {
            budgeted += buffer.Length;
        }
        else
        {
            overBudget = true;
        }
        return StopMoving();
    }

    /// <summary>Where the next bytes are on disk; count 0 when none are.</summary>
    internal (SafeFileHandle? File, long Offset, int Count) OnDisk(int most) => (file, fileStart, (int)Math.Min(most, fileEnd - fileStart));

    /// <summary>So many bytes were read from disk. When they were the last, the file has done its service: the caller closes what is returned.</summary>
    /// <remarks>A file is not shortened from its front, so its quota is given back only with the whole of it.</remarks>
    internal SafeFileHandle? ReadFromDisk(int count)
    {
        fileStart += count;
        return fileStart == fileEnd && !Moving ? LeaveFile() : null;
    }

    /// <summary>Writes a piece at the file's end. For the mover, outside the owner's lock.</summary>
    /// <exception cref="IOException">The disk or the quota is full.</exception>
    internal async Task WriteToDiskAsync(ReadOnlyMemory<byte> piece)
    {
        if (!directory.TryReserve(piece.Length))
        {
            throw new IOException("the quota for bodies on disk is used up");
        }
        try
        {
            file ??= directory.Create();
            await directory.WriteAsync(file, piece, fileEnd);
            reserved += piece.Length;
        }
        catch
        {
            directory.Release(piece.Length);
            throw;
        }
    }

    /// <summary>What <see cref="WriteToDiskAsync"/> wrote may be read.</summary>
    internal void WroteToDisk(int count) => fileEnd += count;

    /// <summary>Forgets everything. No mover may be at work.</summary>
    internal void Clear()
    {
        while (TryTakeOldest(out var buffer, out _))
        {
            BodyBuffers.Return(buffer);
        }
        LeaveFile()?.Dispose();
    }

    private bool TryTakeOldest(out byte[] buffer, out int length)
    {
        if (returned is { } first)
        {
            (buffer, length) = first;
            returned = null;
        }
        else if (memory.TryDequeue(out var piece))
        {
            (buffer, length) = piece;
        }
        else
        {
            (buffer, length) = ([], 0);
            return false;
        }
        InMemory -= length;
        var given = Math.Min(buffer.Length, budgeted);
        budgeted -= given;
        budget.Give(given);
        overBudget &= InMemory > 0;
        diskRefused &= InMemory > 0;
        return true;
    }

    private SafeFileHandle? LeaveFile()
    {
        var left = file;
        directory.Release(reserved);
        file = null;
        reserved = fileStart = fileEnd = 0;
        return left;
    }
}
