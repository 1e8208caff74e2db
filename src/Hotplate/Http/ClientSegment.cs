using System.Buffers;

namespace Hotplate.Http;

/// <summary>A block that was read into, as far as it is filled.</summary>
internal sealed class ClientSegment : ReadOnlySequenceSegment<byte>
{
    private IMemoryOwner<byte>? block;

    /// <summary>Bytes that are filled.</summary>
    internal int End { get; private set; }

    /// <summary>The one behind it.</summary>
    internal ClientSegment? Behind { get; private set; }

    /// <summary>What can still be filled.</summary>
    internal Memory<byte> Room => block!.Memory[End..];

    internal void Take(IMemoryOwner<byte> owner)
    {
        block = owner;
        Memory = default;
        RunningIndex = 0;
        End = 0;
        Next = Behind = null;
    }

    internal void Fill(int bytes)
    {
        End += bytes;
        Memory = block!.Memory[..End];
    }

    /// <summary>Puts another behind it, or takes that away again.</summary>
    internal void Append(ClientSegment? behind)
    {
        if (behind is not null)
        {
            behind.RunningIndex = RunningIndex + End;
        }
        Next = Behind = behind;
    }

    internal void Release()
    {
        block!.Dispose();
        block = null;
        Memory = default;
        Next = Behind = null;
    }
}
