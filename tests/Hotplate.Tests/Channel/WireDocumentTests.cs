using Hotplate.Channel;
using Hotplate.Tests.Worker;

namespace Hotplate.Tests.Channel;

/// <summary>docs/wire.md says what the code does, byte for byte.</summary>
public class WireDocumentTests
{
    private const uint Stream = 0x1803;

    public static TheoryData<string> Names => [.. WireDocument.Examples.Keys];

    [Theory, MemberData(nameof(Names))]
    public void An_example_is_what_the_code_writes(string name) =>
        Assert.Equal(Convert.ToHexString(Make(name)), Convert.ToHexString(WireDocument.Examples[name]));

    [Fact]
    public void Every_frame_has_a_section_and_an_example()
    {
        var types = WireDocument.Examples.Values.Select(bytes => (FrameType)bytes[4]).ToHashSet();
        foreach (var type in Enum.GetValues<FrameType>())
        {
            Assert.Contains($"### 0x{(byte)type:X2} {type}\n", WireDocument.Text);
            Assert.Contains(type, types);
        }
    }

    [Fact]
    public void Every_flag_is_in_the_table()
    {
        foreach (var flag in Enum.GetValues<FrameFlags>().Where(flag => flag != FrameFlags.None))
        {
            Assert.Contains($"| {flag} | 0x{(byte)flag:X2} |", WireDocument.Text);
        }
    }

    [Fact]
    public void Every_slot_state_has_its_number() =>
        Assert.Contains($"States: {string.Join(", ", Enum.GetValues<SlotState>().Select(state => $"{(byte)state} {state}"))}.", WireDocument.Text);

    [Fact]
    public void The_request_examples_read_as_they_were_meant()
    {
        var reader = new PayloadReader(WireDocument.Examples["request"].AsSpan(Wire.HeaderSize));
        Assert.True(RequestHead.TryRead(ref reader, out var head));
        Assert.Equal("/plates?hot=1"u8, head.Target);
        Assert.Equal("hot=1"u8, head.Query);
        Assert.Equal("/plates"u8, head.Path);
        Assert.Equal("127.0.0.1"u8, head.PeerAddress);
        Assert.Equal((1, 50000, 8000, -1L, 2), (head.Method, head.PeerPort, head.ServerPort, head.ContentLength, head.HeaderCount));
        Assert.True(RequestHead.TryReadHeader(ref reader, out var id, out _, out var value));
        Assert.Equal("HTTP_HOST", RequestHeaders.EnvironKeys[id]);
        Assert.Equal("example.org"u8, value);
        Assert.True(RequestHead.TryReadHeader(ref reader, out id, out var name, out value));
        Assert.Equal(0, id);
        Assert.Equal("X_TABLE"u8, name);
        Assert.Equal("7"u8, value);
        Assert.Equal(0, reader.Left);
    }

    [Fact]
    public void The_response_example_reads_as_it_was_meant()
    {
        var reader = new PayloadReader(WireDocument.Examples["response"].AsSpan(Wire.HeaderSize));
        Assert.True(ResponseHead.TryRead(ref reader, out var head));
        Assert.Equal((200, 2, 0), (head.Status, head.HeaderCount, head.Reason.Length));
        Assert.True(ResponseHead.TryReadHeader(ref reader, out var id, out _, out var value));
        Assert.Equal("Content-Type", ResponseHeaders.Names[id]);
        Assert.Equal("text/plain"u8, value);
        Assert.True(ResponseHead.TryReadHeader(ref reader, out id, out var name, out value));
        Assert.Equal("X-Table"u8, name);
        Assert.Equal("7"u8, value);
        Assert.Equal("hello"u8, reader.Rest());
    }

    private static byte[] Make(string name) => name switch
    {
        "request" => Frame(FrameType.Request, FrameFlags.End, 3, Stream, 9, new FarRequest
        {
            Target = "/plates?hot=1",
            RequestId = "r1",
            Headers = [("HTTP_HOST", "example.org"), ("X_TABLE", "7")],
        }.Payload()),
        "request-with-body" => Frame(FrameType.Request, FrameFlags.End | FrameFlags.FlushFirst, 0, 0x1800, 1, new FarRequest
        {
            Method = "LOCK",
            Target = "/a",
            Headers = [("CONTENT_LENGTH", "5")],
            Body = "hello"u8.ToArray(),
        }.Payload()),
        "request-with-body-in-memory" => Frame(FrameType.Request, FrameFlags.End | FrameFlags.BodyInMemory, 0, 0x1800, 1, new FarRequest
        {
            Method = "PUT",
            Target = "/a",
            Headers = [("CONTENT_LENGTH", "65536")],
            ContentLength = 65536,
        }.Payload(), BitConverter.GetBytes(114688), BitConverter.GetBytes(65536)),
        "request-body" => Frame(FrameType.RequestBody, FrameFlags.End, 0, Stream, 0, "hello"u8),
        "response-credit" => Frame(FrameType.ResponseCredit, FrameFlags.None, 0, Stream, 65536),
        "abandon" => Frame(FrameType.Abandon, FrameFlags.None, 0, Stream, 0),
        "drain" => Frame(FrameType.Drain, FrameFlags.None, 0, 0, 0),
        "ping" => Frame(FrameType.Ping, FrameFlags.None, 0, 0, 7),
        "dump-stacks" => Frame(FrameType.DumpStacks, FrameFlags.None, 0, 0, 8),
        "interrupt" => Frame(FrameType.Interrupt, FrameFlags.None, 3, Stream, 9),
        "ready" => Ready(),
        "response" => Frame(FrameType.Response, FrameFlags.End, 0, Stream, 57, Response(200, ("Content-Type", "text/plain"), ("X-Table", "7")), "hello"u8),
        "response-without-body" => Frame(FrameType.Response, FrameFlags.End | FrameFlags.NoBody, 0, Stream, 12, Response(304)),
        "response-body" => Frame(FrameType.ResponseBody, FrameFlags.None, 0, Stream, 0, "hello"u8),
        "response-body-in-memory" => Frame(
            FrameType.ResponseBody, FrameFlags.BodyInMemory, 0, Stream, 0, BitConverter.GetBytes(32_768), BitConverter.GetBytes(16_384)),
        "response-end" => Frame(FrameType.ResponseEnd, FrameFlags.None, 0, Stream, 57),
        "response-file" => Frame(FrameType.ResponseFile, FrameFlags.None, 0, Stream, 0, BitConverter.GetBytes(4096L), BitConverter.GetBytes(100_000L)),
        "skipped" => Frame(FrameType.Skipped, FrameFlags.None, 0, Stream, 0),
        "credit-of-the-worker" => Frame(FrameType.Credit, FrameFlags.None, 0, 0, 9),
        "credit-of-a-stream" => Frame(FrameType.Credit, FrameFlags.None, 0, Stream, 65536),
        "log" => Frame(FrameType.Log, FrameFlags.None, 0, Stream, 3, "too hot\n"u8),
        "stack" => Frame(FrameType.Stack, FrameFlags.End, 0, 0, 8, "Thread 0x1\n"u8),
        "pong" => Frame(FrameType.Pong, FrameFlags.None, 0, 0, 7),
        "failed" => Frame(FrameType.Failed, FrameFlags.None, 500, Stream, 57),
        "interrupted" => Frame(FrameType.Interrupted, FrameFlags.None, 0, Stream, 1, "Thread 0x1\n"u8),
        "leaving" => Frame(FrameType.Leaving, FrameFlags.None, 0, 0, 0),
        _ => throw new InvalidOperationException($"the document has an example \"{name}\" that is not tested"),
    };

    private static byte[] Frame(
        FrameType type, FrameFlags flags, ushort slot, uint stream, uint argument,
        ReadOnlySpan<byte> payload = default, ReadOnlySpan<byte> more = default, ReadOnlySpan<byte> last = default)
    {
        var writer = new PayloadWriter(new byte[4096]);
        writer.Bytes(payload);
        writer.Bytes(more);
        writer.Bytes(last);
        writer.Finish(type, flags, slot, stream, argument);
        return writer.Written.ToArray();
    }

    private static byte[] Ready()
    {
        var frame = new byte[256];
        var length = ReadyFrame.Write(frame, 4182, 256, "3.11.7"u8, "threads"u8);
        return frame[..length];
    }

    private static byte[] Response(ushort status, params (string Name, string Value)[] headers)
    {
        var writer = new PayloadWriter(new byte[4096]);
        writer.U16(status);
        writer.U16((ushort)headers.Length);
        writer.Latin1("");
        foreach (var (name, value) in headers)
        {
            var id = Math.Max(Array.IndexOf(ResponseHeaders.Names, name), 0);
            writer.U8((byte)id);
            if (id == 0)
            {
                writer.Latin1(name);
            }
            writer.Latin1(value);
        }
        return writer.Written[Wire.HeaderSize..].ToArray();
    }
}
