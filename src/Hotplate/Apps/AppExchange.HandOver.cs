using System.Runtime.CompilerServices;
using Hotplate.Channel;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <content>The handler's side: gives the client what there is, at the client's pace.</content>
internal sealed partial class AppExchange
{
    private bool readerWaits;

    /// <summary>Gives the client what there is. False: the exchange is over, and the pool has let go.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> HandOverAsync()
    {
        try
        {
            while (true)
            {
                bool last;
                lock (gate)
                {
                    last = ended && spool.IsEmpty && fileRange is null;
                }
                if (Failure != RequestFailure.None)
                {
                    await LeaveAsync(Failure);
                    await GiveTheRestAsync();
                    return false;
                }
                if (last)
                {
                    if (promised >= 0 && BytesSent != promised)
                    {
                        // Kestrel would say so too, but on a page of its own when nothing was sent yet.
                        Failure = RequestFailure.AppFailed;
                        return false;
                    }
                    // Kestrel sends the rest by itself when nothing was sent before or the answer is chunked, but not to fill a Content-Length.
                    if (flushed && unflushed)
                    {
                        await FlushAsync();
                    }
                    return false;
                }
                if (!await DrainSpoolAsync() || !await SendFileAsync() || !await FlushAsync())
                {
                    await LeaveAsync(RequestFailure.ClientLeft);
                    return false;
                }
                lock (gate)
                {
                    if (ended || Failure != RequestFailure.None || !spool.IsEmpty || fileRange is not null)
                    {
                        continue;
                    }
                    // Before the channel's thread may signal again, so that no signal is lost.
                    wake.Reset();
                    handlerWrites = false;
                    return true;
                }
            }
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // More than the Content-Length says, or a file that cannot be read as it was promised.
            await LeaveAsync(RequestFailure.AppFailed);
            return false;
        }
        catch
        {
            await LeaveAsync(RequestFailure.AppFailed);
            throw;
        }
    }

    /// <summary>The exchange has failed and the pool has let go: the client gets what the application had given before (PEP 3333: a block that was yielded is sent).</summary>
    private async ValueTask GiveTheRestAsync()
    {
        if (!IsForsaken && await DrainSpoolAsync())
        {
            await SendFileAsync();
        }
    }

    /// <summary>Nobody is there to read what is left, or a piece of it is lost.</summary>
    private bool IsForsaken => Failure is RequestFailure.ClientLeft or RequestFailure.NoSpace;

    /// <summary>False: the client is gone.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        unflushed = false;
        flushed = true;
        var flushing = writer.FlushAsync();
        if (!flushing.IsCompleted)
        {
            Volatile.Write(ref inPipe, (int)(BytesSent - flushedTo));
        }
        var flush = await flushing;
        flushedTo = BytesSent;
        Volatile.Write(ref inPipe, 0);
        if (flush.IsCompleted || flush.IsCanceled)
        {
            return false;
        }
        GiveCredit();
        return true;
    }

    private async ValueTask<bool> DrainSpoolAsync()
    {
        while (true)
        {
            byte[] buffer = [];
            var length = 0;
            Task? moving = null;
            (SafeFileHandle? File, long Offset, int Count) disk;
            lock (gate)
            {
                if (IsForsaken)
                {
                    return true;
                }
                disk = spool.OnDisk(Wire.MaxBodyFrame);
                if (disk.Count == 0 && !spool.TryTake(out buffer, out length))
                {
                    if (!spool.Moving)
                    {
                        return true;
                    }
                    readerWaits = true;
                    moving = mover;
                }
            }
            if (moving is not null)
            {
                await moving;
                continue;
            }
            if (disk.Count > 0)
            {
                await CopyFromDiskAsync(disk.File!, disk.Offset, disk.Count);
            }
            else
            {
                Copy(buffer.AsSpan(0, length));
                BodyBuffers.Return(buffer);
            }
            if (!await FlushAsync())
            {
                return false;
            }
        }
    }

    private async ValueTask CopyFromDiskAsync(SafeFileHandle file, long offset, int count)
    {
        var read = await app.Spool.ReadAsync(file, writer.GetMemory(count)[..count], offset);
        if (read == 0)
        {
            throw new EndOfStreamException();
        }
        writer.Advance(read);
        SafeFileHandle? done;
        lock (gate)
        {
            BytesSent += read;
            done = spool.ReadFromDisk(read);
        }
        done?.Dispose();
    }

    private async ValueTask<bool> SendFileAsync()
    {
        FileRange? range;
        lock (gate)
        {
            range = IsForsaken ? null : fileRange;
        }
        if (range is null)
        {
            return true;
        }
        var (file, offset, left) = range;
        while (left > 0 && !IsForsaken)
        {
            var memory = writer.GetMemory(Wire.MaxBodyFrame);
            var read = await app.Spool.ReadAsync(file, memory[..(int)Math.Min(memory.Length, left)], offset);
            if (read == 0)
            {
                // The file was shortened meanwhile: the length that was promised cannot be kept.
                throw new EndOfStreamException();
            }
            writer.Advance(read);
            BytesSent += read;
            offset += read;
            left -= read;
            if (!await FlushAsync())
            {
                return false;
            }
        }
        lock (gate)
        {
            fileRange = null;
        }
        file.Dispose();
        return true;
    }

    /// <summary>Moves what the client is too slow for to disk, until memory is empty or the reader has nothing else to read.</summary>
    private async Task MoveToDiskAsync()
    {
        byte[] buffer = [];
        var length = 0;
        try
        {
            while (true)
            {
                var stop = false;
                SafeFileHandle? done = null;
                lock (gate)
                {
                    stop = Failure != RequestFailure.None || readerWaits || !spool.TryTakeForDisk(out buffer, out length);
                    if (stop)
                    {
                        done = spool.StopMoving();
                        readerWaits = false;
                    }
                }
                if (stop)
                {
                    done?.Dispose();
                    return;
                }
                await spool.WriteToDiskAsync(buffer.AsMemory(0, length));
                BodyBuffers.Return(buffer);
                lock (gate)
                {
                    spool.WroteToDisk(length);
                }
                GiveCredit();
            }
        }
        catch (Exception error) when (SpoolDirectory.IsRefusal(error))
        {
            // The client gets the piece from memory, and the application waits for it: as beyond --max-response-spool.
            app.Spool.Refused(error.Message);
            lock (gate)
            {
                spool.Return(buffer, length)?.Dispose();
                readerWaits = false;
            }
            GiveCredit();
        }
    }

    /// <summary>Lets the exchange go before its answer is complete. When it returns, the pool has let go too.</summary>
    private async ValueTask LeaveAsync(RequestFailure failure)
    {
        lock (gate)
        {
            if (Failure == RequestFailure.None)
            {
                Failure = failure;
            }
            if (ended)
            {
                return;
            }
            left = true;
        }
        var letGo = pool!.Abandon(this);
        lock (gate)
        {
            ended |= letGo;
            if (ended)
            {
                return;
            }
            // Another thread is about to end it, and will tell.
            wake.Reset();
            handlerWrites = false;
        }
        await new ValueTask(this, wake.Version);
    }
}
