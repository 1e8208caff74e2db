using System.Buffers.Binary;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>What the worker had ready to be sent when it died.</content>
internal sealed unsafe partial class ChannelSocket
{
    /// <summary>Takes the frames that did not leave the worker, behind the last that came. Called once, by the reader, when the channel is at its end.</summary>
    /// <remarks>It may still live and write there, if it only closed its end: every byte is copied before it is looked at.</remarks>
    internal void TakeUnsent(UnsentFrames unsent)
    {
        if (broken || !unsent.IsThere)
        {
            return;
        }
        FlushScope.Enter();
        try
        {
            var gathering = Volatile.Read(ref unsent.Gathering) & 1;
            if (TakeLeaving(unsent, 1 - gathering))
            {
                TakeGathering(unsent.Read(gathering));
            }
        }
        catch (Exception error)
        {
            worker.OnDefect(error);
        }
        finally
        {
            FlushScope.Exit();
        }
    }

    /// <summary>The rest of what was being sent. False: nothing after it can be trusted.</summary>
    private bool TakeLeaving(UnsentFrames unsent, int box)
    {
        var frames = unsent.Read(box);
        var had = received - Volatile.Read(ref unsent.Box(box)->Position);
        if (had < 0)
        {
            return false;
        }
        if (had < frames.Length)
        {
            Add(frames[(int)had..]);
            if (!TakeFrames())
            {
                return false;
            }
        }
        // What is left is the first part of a large piece, which was sent from where the application had it.
        inputEnd = 0;
        return true;
    }

    private void TakeGathering(ReadOnlySpan<byte> frames)
    {
        Add(frames);
        if (!TakeFrames() || inputEnd < Wire.HeaderSize
            || !FrameHeader.TryRead(input, out var last) || last.Type is not (FrameType.Response or FrameType.ResponseBody))
        {
            return;
        }
        // It was being made longer: what is there of it was complete before.
        BinaryPrimitives.WriteInt32LittleEndian(input, inputEnd);
        _ = TakeFrames();
    }

    private void Add(ReadOnlySpan<byte> frames)
    {
        if (input.Length - inputEnd < frames.Length)
        {
            Array.Resize(ref input, inputEnd + frames.Length);
        }
        frames.CopyTo(input.AsSpan(inputEnd));
        inputEnd += frames.Length;
    }
}
