using System.Text;
using Hotplate.Channel;

namespace Hotplate.Tests.Channel;

/// <summary>The parsers of both sides, in this process, against frames that no honest peer sends.</summary>
public class MutatedFrameTests
{
    private const int Frames = 400_000;

    [Fact]
    public void No_mutated_frame_makes_a_parser_throw_or_read_outside_it()
    {
        var random = new Random(1);
        var examples = WireDocument.Examples.Values.ToArray();
        var accepted = 0;
        for (var i = 0; i < Frames; i++)
        {
            var frame = Mutate(examples[random.Next(examples.Length)], random);
            // An array of its own: one byte too far is an exception.
            accepted += Parse(frame) ? 1 : 0;
        }
        Assert.InRange(accepted, Frames / 20, Frames - (Frames / 20));
    }

    private static bool Parse(byte[] frame)
    {
        if (frame.Length < Wire.HeaderSize || !FrameHeader.TryRead(frame, out var header) || header.Length > frame.Length)
        {
            return false;
        }
        var payload = frame.AsSpan(Wire.HeaderSize, header.Length - Wire.HeaderSize);
        return header.Type switch
        {
            FrameType.Request => ReadRequest(payload),
            FrameType.Response => ReadResponse(payload),
            FrameType.Ready => ReadyFrame.TryRead(payload, out _),
            FrameType.ResponseFile => ReadFile(payload),
            FrameType.Log or FrameType.Stack => Encoding.UTF8.GetString(payload).Length >= 0,
            _ => Enum.IsDefined(header.Type),
        };
    }

    private static bool ReadRequest(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        if (!RequestHead.TryRead(ref reader, out var head))
        {
            return false;
        }
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (!RequestHead.TryReadHeader(ref reader, out _, out var name, out var value))
            {
                return false;
            }
            Assert.True(name.Length + value.Length <= payload.Length);
        }
        return head.Query.Length <= head.Target.Length && reader.Rest().Length <= payload.Length;
    }

    private static bool ReadResponse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        if (!ResponseHead.TryRead(ref reader, out var head))
        {
            return false;
        }
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (!ResponseHead.TryReadHeader(ref reader, out _, out _, out _))
            {
                return false;
            }
        }
        return true;
    }

    private static bool ReadFile(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return reader.I64() >= 0 && reader.I64() >= 0 && reader.Ok;
    }

    private static byte[] Mutate(byte[] example, Random random)
    {
        var frame = example.ToList();
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var at = random.Next(frame.Count);
            switch (random.Next(5))
            {
                case 0:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 1:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when frame.Count > 1:
                    frame.RemoveRange(at, random.Next(1, frame.Count - at + 1));
                    break;
                case 3:
                    frame.InsertRange(at, Enumerable.Range(0, random.Next(1, 30)).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    frame[at] = (byte)(random.Next(2) * 0xFF);
                    break;
            }
            if (frame.Count == 0)
            {
                return [];
            }
        }
        var bytes = frame.ToArray();
        if (random.Next(10) > 0 && bytes.Length >= 4)
        {
            BitConverter.TryWriteBytes(bytes, bytes.Length);
        }
        return bytes;
    }
}
