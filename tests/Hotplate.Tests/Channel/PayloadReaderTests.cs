using Hotplate.Channel;

namespace Hotplate.Tests.Channel;

public class PayloadReaderTests
{
    [Fact]
    public void Reads_in_the_order_of_writing()
    {
        var writer = new PayloadWriter(new byte[64]);
        writer.U8(1);
        writer.U16(2);
        writer.U32(3);
        writer.I64(-4);
        writer.Text("five"u8);
        writer.Latin1("s\u00e9x");
        writer.Bytes("rest"u8);
        var reader = new PayloadReader(writer.Written[Wire.HeaderSize..]);
        Assert.Equal((1, 2, 3, -4L), (reader.U8(), reader.U16(), (int)reader.U32(), reader.I64()));
        Assert.Equal("five"u8, reader.Text());
        Assert.Equal((byte[])[(byte)'s', 0xE9, (byte)'x'], reader.Text().ToArray());
        Assert.Equal("rest"u8, reader.Rest());
        Assert.True(reader.Ok);
    }

    [Fact]
    public void After_the_first_read_past_the_end_nothing_more_is_read()
    {
        var reader = new PayloadReader([5, 0, 1, 2, 3]);
        Assert.True(reader.Text().IsEmpty);
        Assert.False(reader.Ok);
        Assert.Equal((0, 0), (reader.U8(), reader.Left));
        Assert.True(reader.Rest().IsEmpty);
        Assert.False(reader.Ok);
    }

    [Fact]
    public void A_negative_count_reads_nothing()
    {
        var reader = new PayloadReader([1, 2, 3]);
        Assert.True(reader.Bytes(-1).IsEmpty);
        Assert.False(reader.Ok);
    }

    [Fact]
    public void A_text_longer_than_its_length_can_say_is_refused() =>
        Assert.Throws<OverflowException>(() =>
        {
            var writer = new PayloadWriter(new byte[Wire.MaxText + 100]);
            writer.Latin1(new string('x', Wire.MaxText + 1));
        });
}
