using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Tests.Worker;

/// <summary>The far end of one worker's channel: sends frames as the front would and collects answers. Every wait has an end.</summary>
internal sealed unsafe class FarWorker : IDisposable
{
    private readonly ScoreboardSegment segment;
    private readonly uint[] sequences;
    private readonly Stack<int> free = new();
    private readonly Dictionary<uint, int> slotOf = [];
    private readonly Dictionary<uint, FarAnswer> answers = [];
    private int channel;
    private int descriptors;
    private int theirChannel;
    private int theirDescriptors;
    private byte[] input = new byte[1 << 21];
    private int inputEnd;
    private uint streams = 0x100;

    public FarWorker(int slots)
    {
        segment = new ScoreboardSegment(slots);
        sequences = new uint[slots];
        for (var slot = slots - 1; slot >= 0; slot--)
        {
            free.Push(slot);
        }
        var pair = stackalloc int[2];
        _ = Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pair);
        (channel, theirChannel) = (pair[0], pair[1]);
        _ = Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, pair);
        (descriptors, theirDescriptors) = (pair[0], pair[1]);
    }

    /// <summary>Frames of stream 0 in order of arrival: what they are and their argument.</summary>
    public List<(FrameType Type, uint Argument, byte[] Payload)> Told { get; } = [];

    /// <summary>What came for the log: stream, level, text.</summary>
    public List<(uint Stream, uint Level, string Text)> Log { get; } = [];

    /// <summary>Tells of the processes behind the channel, for a failure's message.</summary>
    public Func<string>? WhatItDoes { get; init; }

    /// <summary>Give credit for response bodies as they come.</summary>
    public bool GivesCredit { get; set; } = true;

    public Scoreboard Board => segment.Board;

    /// <summary>Frames whose bodies lay in shared memory.</summary>
    public int Laid { get; private set; }

    /// <summary>Say of bodies in shared memory that they were read.</summary>
    public bool ReadsAnswers { get; set; } = true;

    /// <summary>Where large bodies are laid.</summary>
    public SharedBodies Bodies => segment.Bodies;

    public int[] TheirDescriptors => [theirChannel, theirDescriptors, segment.Descriptor];

    /// <summary>Waits until there is something to read, or the end, or the time is over.</summary>
    public static bool IsReadable(int fd, int milliseconds)
    {
        var poll = new Libc.PollDescriptor { Fd = fd, Events = 1 };
        var until = Environment.TickCount64 + milliseconds;
        int ready;
        do
        {
            // The runtime interrupts its threads with signals when it collects garbage: that is no silence.
            ready = Libc.poll(&poll, 1, (int)Math.Max(0, until - Environment.TickCount64));
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        return ready > 0;
    }

    public void CloseTheirs()
    {
        _ = Libc.close(theirChannel);
        _ = Libc.close(theirDescriptors);
        segment.CloseDescriptor();
        theirChannel = theirDescriptors = -1;
    }

    public void WaitReady()
    {
        while (Told.All(told => told.Type != FrameType.Ready))
        {
            Assert.True(Read(), "the channel closed before the worker was ready");
        }
    }

    /// <summary>Sends a request; its answer is had by <see cref="Answer"/>.</summary>
    public uint Send(FarRequest request)
    {
        var slot = free.Pop();
        var stream = ++streams;
        slotOf[stream] = slot;
        answers[stream] = new FarAnswer(stream);
        var sequence = ++sequences[slot];
        Volatile.Write(ref Board[slot].Word, Scoreboard.Word(sequence, SlotState.Queued));
        var flags = request.Flags;
        if (request.BodyFile is { } file)
        {
            flags |= FrameFlags.BodyInFile;
            var text = stackalloc uint[2] { stream, (uint)DescriptorKind.RequestBody };
            _ = DescriptorSocket.SendMessage(descriptors, (byte*)text, 8, [(int)file.DangerousGetHandle()], 0);
        }
        Send(FrameType.Request, flags, slot, stream, sequence, request.Payload());
        return stream;
    }

    public void Send(FrameType type, FrameFlags flags = FrameFlags.None, int slot = 0, uint stream = 0, uint argument = 0, byte[]? payload = null)
    {
        var frame = new byte[Wire.HeaderSize + (payload?.Length ?? 0)];
        new FrameHeader(frame.Length, type, flags, (ushort)slot, stream, argument).Write(frame);
        payload?.CopyTo(frame, Wire.HeaderSize);
        SendBytes(frame);
    }

    public void SendBytes(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint at = 0, n; at < bytes.Length; at += n)
            {
                n = Libc.send(channel, start + at, bytes.Length - at, Libc.MSG_NOSIGNAL);
                if (n < 0)
                {
                    return; // it has gone; reading tells
                }
            }
        }
    }

    /// <summary>Takes a request back. False: it has begun.</summary>
    public bool TryReclaim(uint stream)
    {
        if (!slotOf.TryGetValue(stream, out var slot) || !Board.TryMove(slot, sequences[slot], SlotState.Queued, SlotState.Free))
        {
            return false;
        }
        slotOf.Remove(stream);
        free.Push(slot);
        return true;
    }

    public int SlotOf(uint stream) => slotOf[stream];

    /// <summary>The sequence number of a request that has not ended.</summary>
    public uint SequenceOf(uint stream) => sequences[slotOf[stream]];

    /// <summary>Where its slot is; Free when the answer has come.</summary>
    public SlotState State(uint stream) => !slotOf.ContainsKey(stream) ? SlotState.Free : Scoreboard.StateOf(Volatile.Read(ref Board[slotOf[stream]].Word));

    /// <summary>The whole answer. An answer that is <see cref="FarEnding.None"/> was cut short by the worker's end.</summary>
    public FarAnswer Answer(uint stream)
    {
        var answer = answers[stream];
        while (answer.Ending == FarEnding.None && Read())
        {
        }
        return answer;
    }

    public FarAnswer Ask(FarRequest request) => Answer(Send(request));

    public FarAnswer Get(string target) => Ask(new FarRequest { Target = target });

    /// <summary>Reads until a condition holds; fails when it does not come true.</summary>
    public void Until(Func<bool> condition, string what)
    {
        while (!condition())
        {
            Assert.True(Read(), $"the channel closed before {what}");
        }
    }

    /// <summary>Reads what is there, waiting for it. False: the channel has closed.</summary>
    public bool Read()
    {
        if (!IsReadable(channel, (int)Fixtures.Patience.Limit.TotalMilliseconds))
        {
            Assert.Fail($"the worker says nothing; {WhatItDoes?.Invoke()}");
        }
        fixed (byte* start = input)
        {
            var n = Libc.read(channel, start + inputEnd, input.Length - inputEnd);
            if (n <= 0)
            {
                return false;
            }
            inputEnd += (int)n;
        }
        var at = 0;
        while (inputEnd - at >= Wire.HeaderSize)
        {
            Assert.True(FrameHeader.TryRead(input.AsSpan(at), out var header), "the worker sent what is no frame");
            if (header.Length > inputEnd - at)
            {
                break;
            }
            OnFrame(header, input.AsSpan(at + Wire.HeaderSize, header.Length - Wire.HeaderSize));
            at += header.Length;
        }
        input.AsSpan(at, inputEnd - at).CopyTo(input);
        inputEnd -= at;
        return true;
    }

    /// <summary>How many bytes of body have come for a stream.</summary>
    public int BodySoFar(uint stream) => (int)answers[stream].BodyBytes.Length;

    /// <summary>True when nothing comes for so long: for what must not come.</summary>
    public bool IsSilentFor(int milliseconds) => !IsReadable(channel, milliseconds);

    /// <summary>Once is enough: a number closed twice is by then a socket of another test.</summary>
    public void Dispose()
    {
        if (channel < 0)
        {
            return;
        }
        _ = Libc.close(channel);
        _ = Libc.close(descriptors);
        channel = descriptors = -1;
        if (theirChannel >= 0)
        {
            CloseTheirs();
        }
        segment.Dispose();
    }

    private void OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Type == FrameType.Log)
        {
            Log.Add((header.Stream, header.Argument, System.Text.Encoding.UTF8.GetString(payload)));
            return;
        }
        if (header.Stream == 0 || header.Type == FrameType.Interrupted)
        {
            Told.Add((header.Type, header.Argument, payload.ToArray()));
            return;
        }
        if (header.Flags.HasFlag(FrameFlags.BodyInMemory))
        {
            var place = payload[^SharedBodies.PlaceSize..];
            var (offset, length) = (BitConverter.ToUInt32(place), BitConverter.ToUInt32(place[4..]));
            Assert.True(segment.AnswerBodies.TryRead(offset, length, out var body));
            Assert.InRange(body.Length, SharedBodies.Shortest, Wire.MaxBodyFrame);
            byte[] whole = [.. payload[..^SharedBodies.PlaceSize], .. body];
            payload = whole;
            Laid++;
            if (ReadsAnswers)
            {
                Interlocked.Or(ref Board.Worker.AnswersRead, BodyPieces.Of(offset, length));
            }
        }
        var answer = answers[header.Stream];
        var before = answer.BodyBytes.Length;
        answer.Add(header, payload, descriptors);
        if (GivesCredit && header.Type == FrameType.ResponseBody && !payload.IsEmpty)
        {
            Send(FrameType.ResponseCredit, stream: header.Stream, argument: (uint)(answer.BodyBytes.Length - before));
        }
        if (answer.Ending is FarEnding.Whole or FarEnding.Failed && slotOf.Remove(header.Stream, out var slot))
        {
            Assert.Equal(SlotState.Answering, Scoreboard.StateOf(Volatile.Read(ref Board[slot].Word)));
            Volatile.Write(ref Board[slot].Word, Scoreboard.Word(sequences[slot], SlotState.Free));
            free.Push(slot);
        }
    }
}
