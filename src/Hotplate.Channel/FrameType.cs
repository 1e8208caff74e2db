namespace Hotplate.Channel;

/// <summary>What a frame says. Below 0x80: front to worker; from 0x80: worker to front.</summary>
internal enum FrameType : byte
{
    /// <summary>A request's head and, with <see cref="FrameFlags.End"/>, all of its body.</summary>
    Request = 0x01,

    /// <summary>A piece of a request's body; <see cref="FrameFlags.End"/> marks the last.</summary>
    RequestBody = 0x02,

    /// <summary>The worker may send <c>Argument</c> more bytes of this stream's response body.</summary>
    ResponseCredit = 0x03,

    /// <summary>The client left: stop sending, close the iterable.</summary>
    Abandon = 0x04,

    /// <summary>Finish what is queued and running, then exit 0. Stream 0.</summary>
    Drain = 0x05,

    /// <summary>Answer with <see cref="Pong"/> and the same <c>Argument</c>. Stream 0; answered without Python.</summary>
    Ping = 0x06,

    /// <summary>Send the stacks of all Python threads in <see cref="Stack"/> frames. Stream 0.</summary>
    DumpStacks = 0x07,

    /// <summary>End a request: raise an exception in its thread, if sequence <c>Argument</c> of <c>Slot</c> still runs. Answered with <see cref="Interrupted"/>.</summary>
    Interrupt = 0x08,

    /// <summary>The worker serves. The payload is a <see cref="ReadyFrame"/>. Stream 0, the first frame a worker sends.</summary>
    Ready = 0x81,

    /// <summary>A response's head and perhaps the start (with <see cref="FrameFlags.End"/>: all) of its body.</summary>
    Response = 0x82,

    /// <summary>A piece of a response's body.</summary>
    ResponseBody = 0x83,

    /// <summary>The response is complete. <c>Argument</c>: the microseconds the application ran.</summary>
    ResponseEnd = 0x84,

    /// <summary>The body is a range of the file whose descriptor was passed beforehand: i64 offset, i64 count.</summary>
    ResponseFile = 0x85,

    /// <summary>The request was taken back before the worker came to it; the frame was passed over.</summary>
    Skipped = 0x86,

    /// <summary>Stream 0: <c>Argument</c> requests may run at a time. A stream: <c>Argument</c> more bytes of its request body may be sent.</summary>
    Credit = 0x87,

    /// <summary>Text for the log: UTF-8. <c>Argument</c>: 0 debug, 1 information, 2 warning, 3 error. Stream 0 or the request it belongs to.</summary>
    Log = 0x88,

    /// <summary>Stacks of Python threads as UTF-8 text, <see cref="FrameFlags.End"/> on the last frame; <c>Argument</c> as in <see cref="DumpStacks"/>.</summary>
    Stack = 0x89,

    /// <summary>The answer to <see cref="Ping"/>.</summary>
    Pong = 0x8A,

    /// <summary>The application failed. Before a head: the front answers with status <c>Slot</c>; after it: the front cuts the response short.
    /// Ends the stream; <c>Argument</c> as in <see cref="ResponseEnd"/>.</summary>
    Failed = 0x8B,

    /// <summary>The answer to <see cref="Interrupt"/>. <c>Argument</c>: 1 the exception was raised, 0 the request runs no longer. The payload is the
    /// thread's stack as UTF-8 text. Does not end the stream.</summary>
    Interrupted = 0x8C,

    /// <summary>The worker would end: another is to take its place, and then it is to be drained. Stream 0. Until then it serves.</summary>
    Leaving = 0x8D,
}

/// <summary>One bit each; which bits a frame may carry is in docs/wire.md.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>Nothing follows in this direction of the stream.</summary>
    End = 0x01,

    /// <summary>Request: the body is a file, its descriptor passed beforehand on the descriptor socket.</summary>
    BodyInFile = 0x02,

    /// <summary>Request: predicted slow. Send finished answers before running it.</summary>
    FlushFirst = 0x04,

    /// <summary>Request: the body follows as it arrives (<c>--buffer-requests off</c>), paced by credit.</summary>
    BodyStreams = 0x08,

    /// <summary>Response: HEAD, 204 or 304 was honoured; no body follows though a length may be given.</summary>
    NoBody = 0x10,

    /// <summary>Request: do not run it again if it dies.</summary>
    NoReplay = 0x20,

    /// <summary>Request, Response, ResponseBody: the body lies in <see cref="SharedBodies"/>; the payload ends with where.</summary>
    BodyInMemory = 0x40,
}
