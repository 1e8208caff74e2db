using Hotplate.Channel;

namespace Hotplate.Tests.Channel;

public class FrameHeaderTests
{
    [Fact]
    public void What_was_written_is_read()
    {
        Span<byte> bytes = stackalloc byte[Wire.HeaderSize];
        new FrameHeader(Wire.MaxFrame, FrameType.Failed, FrameFlags.End | FrameFlags.NoReplay, 0xFFFE, 0xFFFFFFFD, 0xFFFFFFFC).Write(bytes);
        Assert.True(FrameHeader.TryRead(bytes, out var header));
        Assert.Equal(
            (Wire.MaxFrame, FrameType.Failed, FrameFlags.End | FrameFlags.NoReplay, (ushort)0xFFFE, 0xFFFFFFFD, 0xFFFFFFFC),
            (header.Length, header.Type, header.Flags, header.Slot, header.Stream, header.Argument));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(Wire.MaxFrame + 1)]
    public void A_length_that_no_frame_has_is_refused(int length)
    {
        Span<byte> bytes = stackalloc byte[Wire.HeaderSize];
        new FrameHeader(length, FrameType.Ping, FrameFlags.None, 0, 0, 0).Write(bytes);
        Assert.False(FrameHeader.TryRead(bytes, out _));
    }
}
