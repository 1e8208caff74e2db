namespace Hotplate.Channel;

/// <summary>What a worker says of itself once it can serve: u16 wire version, u32 pid, u16 thread ceiling, text Python version, text loop kind.</summary>
internal ref struct ReadyFrame
{
    internal ushort Version;
    internal uint Pid;
    internal ushort Threads;
    internal ReadOnlySpan<byte> Python;

    /// <summary>"threads" or "gevent".</summary>
    internal ReadOnlySpan<byte> Loop;

    internal static bool TryRead(ReadOnlySpan<byte> payload, out ReadyFrame ready)
    {
        var reader = new PayloadReader(payload);
        ready = default;
        ready.Version = reader.U16();
        ready.Pid = reader.U32();
        ready.Threads = reader.U16();
        ready.Python = reader.Text();
        ready.Loop = reader.Text();
        return reader.Ok;
    }

    internal static int Write(Span<byte> frame, uint pid, ushort threads, ReadOnlySpan<byte> python, ReadOnlySpan<byte> loop)
    {
        var writer = new PayloadWriter(frame);
        writer.U16(Wire.Version);
        writer.U32(pid);
        writer.U16(threads);
        writer.Text(python);
        writer.Text(loop);
        return writer.Finish(FrameType.Ready, FrameFlags.None, 0, 0, 0);
    }
}
