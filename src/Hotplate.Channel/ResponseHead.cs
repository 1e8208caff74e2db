namespace Hotplate.Channel;

/// <summary>A response's head as the front reads it from a <see cref="FrameType.Response"/> frame.</summary>
/// <remarks>
/// Layout after the frame header: u16 status, u16 header count, text reason (empty when it is the usual one); then the headers: u8 id,
/// [text name when the id is 0], text value; the rest is body. With End the frame's argument is the microseconds the application ran.
/// </remarks>
internal ref struct ResponseHead
{
    /// <summary>As the worker says; <see cref="AnswerRule"/> tells which are answers.</summary>
    internal int Status;
    internal int HeaderCount;
    internal ReadOnlySpan<byte> Reason;

    /// <summary>False: the payload is not a response head and the worker is broken. Headers are read next, from the same reader.</summary>
    internal static bool TryRead(ref PayloadReader reader, out ResponseHead head)
    {
        head = default;
        head.Status = reader.U16();
        head.HeaderCount = reader.U16();
        head.Reason = reader.Text();
        return reader.Ok;
    }

    /// <summary>One header: its id, or 0 and its name.</summary>
    internal static bool TryReadHeader(scoped ref PayloadReader reader, out int id, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        id = reader.U8();
        name = id == 0 ? reader.Text() : default;
        value = reader.Text();
        return reader.Ok && id < ResponseHeaders.Names.Length;
    }
}
