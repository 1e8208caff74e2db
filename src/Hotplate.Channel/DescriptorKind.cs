namespace Hotplate.Channel;

/// <summary>The 8 bytes that go with a descriptor over the descriptor socket: u32 stream, u32 kind.</summary>
internal enum DescriptorKind : uint
{
    /// <summary>Front to worker: the request's body, from offset 0; opened anew for every attempt.</summary>
    RequestBody = 1,

    /// <summary>Worker to front: the file whose range a <see cref="FrameType.ResponseFile"/> frame names next.</summary>
    ResponseFile = 2,
}
