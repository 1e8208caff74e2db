namespace Hotplate.Channel;

/// <summary>The numbers both sides of the channel must agree on. docs/wire.md draws every frame.</summary>
internal static class Wire
{
    /// <summary>Sent by the worker in <see cref="FrameType.Ready"/>; the front refuses any other.</summary>
    internal const ushort Version = 1;

    /// <summary>Bytes of a frame header.</summary>
    internal const int HeaderSize = 16;

    /// <summary>No frame is longer, header included. Bounds what a broken peer can make us hold.</summary>
    internal const int MaxFrame = 1 << 20;

    /// <summary>A body longer than this travels in several body frames, so that answers of others get between.</summary>
    internal const int MaxBodyFrame = 64 * 1024;

    /// <summary>Bytes of body a sender may have on the way before the first credit, per stream and direction.</summary>
    internal const int InitialCredit = 256 * 1024;

    /// <summary>A request body up to this size rides inside its request frame.</summary>
    internal const int MaxInlineBody = 64 * 1024;

    /// <summary>No request target, header name or header value is longer: their lengths are 16 bits wide.</summary>
    internal const int MaxText = ushort.MaxValue;

    /// <summary>In <c>queryStart</c>: the target has no '?'.</summary>
    internal const ushort NoQuery = ushort.MaxValue;
}
