using System.Buffers.Binary;
using System.Text;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Tests.Worker;

/// <summary>How an answer ended.</summary>
internal enum FarEnding
{
    None,
    Whole,
    Failed,
    Skipped,
}

/// <summary>What came back for one request.</summary>
internal sealed unsafe class FarAnswer(uint stream)
{
    public uint Stream { get; } = stream;

    /// <summary>0: no head came.</summary>
    public int Status { get; private set; }
    public string Reason { get; private set; } = "";
    public List<(string Name, string Value)> Headers { get; } = [];
    public MemoryStream BodyBytes { get; } = new();
    public string Body => Encoding.Latin1.GetString(BodyBytes.ToArray());
    public FarEnding Ending { get; private set; }

    /// <summary>The status that a worker that failed wants the front to answer.</summary>
    public int FailedStatus { get; private set; }
    public FrameFlags HeadFlags { get; private set; }
    public List<FrameType> Frames { get; } = [];
    public string? this[string name] => Headers.Find(header => header.Name == name).Value;

    public void Add(in FrameHeader header, ReadOnlySpan<byte> payload, int descriptors)
    {
        Assert.True(Ending == FarEnding.None, $"stream {Stream}: a {header.Type} after the end");
        Frames.Add(header.Type);
        switch (header.Type)
        {
            case FrameType.Response:
                AddHead(header.Flags, payload);
                break;
            case FrameType.ResponseBody:
                Assert.NotEqual(0, Status);
                Assert.InRange(payload.Length, 0, Wire.MaxBodyFrame);
                BodyBytes.Write(payload);
                break;
            case FrameType.ResponseFile:
                AddFile(payload, descriptors);
                break;
            case FrameType.ResponseEnd:
                Assert.NotEqual(0, Status);
                break;
            case FrameType.Failed:
                FailedStatus = header.Slot;
                break;
            case FrameType.Skipped:
                break;
            case FrameType.Credit:
                RequestCredit += header.Argument;
                return;
            default:
                Assert.Fail($"a frame of type {header.Type} for stream {Stream}");
                break;
        }
        Ending = header.Type switch
        {
            FrameType.Failed => FarEnding.Failed,
            FrameType.Skipped => FarEnding.Skipped,
            FrameType.ResponseEnd => FarEnding.Whole,
            _ => header.Flags.HasFlag(FrameFlags.End) ? FarEnding.Whole : FarEnding.None,
        };
    }

    /// <summary>Bytes of the request's body that the worker allowed beyond the first credit.</summary>
    public long RequestCredit { get; private set; }

    private void AddHead(FrameFlags flags, ReadOnlySpan<byte> payload)
    {
        Assert.Equal(0, Status);
        HeadFlags = flags;
        var reader = new PayloadReader(payload);
        Assert.True(ResponseHead.TryRead(ref reader, out var head));
        Status = head.Status;
        Reason = Encoding.Latin1.GetString(head.Reason);
        for (var i = 0; i < head.HeaderCount; i++)
        {
            Assert.True(ResponseHead.TryReadHeader(ref reader, out var id, out var name, out var value));
            Headers.Add((id == 0 ? Encoding.Latin1.GetString(name) : ResponseHeaders.Names[id], Encoding.Latin1.GetString(value)));
        }
        BodyBytes.Write(reader.Rest());
    }

    private void AddFile(ReadOnlySpan<byte> payload, int descriptors)
    {
        var text = stackalloc uint[2];
        var control = stackalloc byte[24];
        var vector = new Libc.IoVector { Base = text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 24 };
        Assert.Equal(8, Libc.recvmsg(descriptors, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC));
        Assert.Equal((Stream, (uint)DescriptorKind.ResponseFile), (text[0], text[1]));
        using var file = new SafeFileHandle(*(int*)(control + sizeof(Libc.ControlHeader)), ownsHandle: true);
        var bytes = new byte[BinaryPrimitives.ReadInt64LittleEndian(payload[8..])];
        var read = RandomAccess.Read(file, bytes, BinaryPrimitives.ReadInt64LittleEndian(payload));
        Assert.Equal(bytes.Length, read);
        BodyBytes.Write(bytes);
    }
}
