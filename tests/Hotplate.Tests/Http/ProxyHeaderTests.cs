using System.Buffers;
using System.Text;
using Hotplate.Http;

namespace Hotplate.Tests.Http;

public class ProxyHeaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";

    // 192.0.2.7:40000 to 203.0.113.5:443.
    private const string Four = "\xC0\0\x02\x07\xCB\0\x71\x05\x9C\x40\x01\xBB";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 40000 443\r\n", "192.0.2.7:40000")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 0 443\r\n", "192.0.2.7:0")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:DB8:0:0:0:0:0:1 40000 443\r\n", "[2001:db8::7]:40000")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.7 ::1 40000 443\r\n", "[::ffff:192.0.2.7]:40000")]
    [InlineData("PROXY UNKNOWN\r\n", "")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "")]
    [InlineData(Signature + "\x21\x11\0\x0C" + Four, "192.0.2.7:40000")]
    [InlineData(Signature + "\x21\x11\0\x12" + Four + "\x04\0\x03\0\0\0", "192.0.2.7:40000")]
    [InlineData(Signature + "\x21\x21\0\x24 \x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x07 \x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01\x9C\x40\x01\xBB",
        "[2001:db8::7]:40000")]
    [InlineData(Signature + "\x20\0\0\0", "")]
    [InlineData(Signature + "\x20\x11\0\x0C" + Four, "")]
    [InlineData(Signature + "\x20\xFF\0\x02zz", "")]
    [InlineData(Signature + "\x21\0\0\0", "")]
    [InlineData(Signature + "\x21\x12\0\x0C" + Four, "")]
    public void A_header_is_read_to_its_end_and_no_further_whatever_pieces_it_comes_in(string header, string source)
    {
        var bytes = Encoding.Latin1.GetBytes(header);
        for (var count = 0; count < bytes.Length; count++)
        {
            Assert.Equal((ProxyHeaderState.Partial, 0, ""), Read(bytes.AsMemory(0, count)));
        }
        Assert.Equal((ProxyHeaderState.Whole, bytes.Length, source), Read(bytes));
        Assert.Equal((ProxyHeaderState.Whole, bytes.Length, source), Read(Encoding.Latin1.GetBytes(header + "GET / HTTP/1.1\r\n")));
        for (var at = 1; at < bytes.Length; at++)
        {
            Assert.Equal((ProxyHeaderState.Whole, bytes.Length, source), Read(InTwo(bytes, at)));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\x16\x03\x01")]
    [InlineData("\r\n\r\nG")]
    [InlineData("proxy TCP4 192.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY\tTCP4 192.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP4  192.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 40000 443 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 40000\r\n")]
    [InlineData("PROXY TCP4 192.0.2 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.007 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP4 0xC0.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP4 2001:db8::7 2001:db8::1 40000 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 nobody 40000 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 040 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 203.0.113.5 +40 443\r\n")]
    [InlineData("PROXY TCP6 192.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 2001:db8::1 40000 443\r\n")]
    [InlineData("PROXY TCP6 [2001:db8::7] 2001:db8::1 40000 443\r\n")]
    [InlineData("PROXY UDP4 192.0.2.7 203.0.113.5 40000 443\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData(Signature + "\x11\x11\0\x0C" + Four)]
    [InlineData(Signature + "\x22\x11\0\x0C" + Four)]
    [InlineData(Signature + "\x21\x11\0\x0B" + Four)]
    [InlineData(Signature + "\x21\x13\0\x0C" + Four)]
    [InlineData(Signature + "\x21\x41\0\x0C" + Four)]
    [InlineData(Signature + "\x21\x21\0\x0C" + Four)]
    [InlineData(Signature + "\x21\x11\x10\0" + Four)]
    public void What_the_protocol_does_not_say_is_none(string sent) =>
        Assert.Equal((ProxyHeaderState.Wrong, 0, ""), Read(Encoding.Latin1.GetBytes(sent)));

    [Fact]
    public void A_line_has_107_bytes_at_most()
    {
        var start = "PROXY UNKNOWN ";
        var longest = start + new string('a', 105 - start.Length) + "\r\n";
        Assert.Equal((ProxyHeaderState.Whole, 107, ""), Read(Encoding.Latin1.GetBytes(longest)));
        Assert.Equal(ProxyHeaderState.Partial, Read(Encoding.Latin1.GetBytes(start + new string('a', 106 - start.Length))).State);
        Assert.Equal(ProxyHeaderState.Wrong, Read(Encoding.Latin1.GetBytes(start + new string('a', 106 - start.Length) + "\r\n")).State);
    }

    [Fact]
    public void With_what_comes_behind_the_addresses_a_binary_one_has_4096_bytes_at_most()
    {
        var whole = Encoding.Latin1.GetBytes(Signature + "\x21\x11\x0F\xF0" + Four + new string('\0', 4096 - 28));
        Assert.Equal((ProxyHeaderState.Whole, 4096, "192.0.2.7:40000"), Read(whole));
        Assert.Equal(ProxyHeaderState.Partial, Read(whole.AsMemory(0, 4095)).State);
        Assert.Equal(ProxyHeaderState.Wrong, Read(Encoding.Latin1.GetBytes(Signature + "\x21\x11\x0F\xF1")).State);
    }

    private static (ProxyHeaderState State, int Length, string Source) Read(ReadOnlyMemory<byte> sent) =>
        Read(new ReadOnlySequence<byte>(sent));

    private static (ProxyHeaderState State, int Length, string Source) Read(in ReadOnlySequence<byte> sent)
    {
        var state = ProxyHeader.Read(sent, out var length, out var source);
        return (state, length, source?.ToString() ?? "");
    }

    private static ReadOnlySequence<byte> InTwo(byte[] bytes, int at)
    {
        var first = new Segment(bytes.AsMemory(0, at), 0);
        var last = first.Append(bytes.AsMemory(at));
        return new ReadOnlySequence<byte>(first, 0, last, bytes.Length - at);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory, long before) => (Memory, RunningIndex) = (memory, before);

        internal Segment Append(ReadOnlyMemory<byte> memory)
        {
            var behind = new Segment(memory, RunningIndex + Memory.Length);
            Next = behind;
            return behind;
        }
    }
}
