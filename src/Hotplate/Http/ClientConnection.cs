using Hotplate.Apps;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Hotplate.Http;

/// <summary>One connection as <see cref="ClientConnections"/> sees it: what it holds of the budget, and how it can be ended.</summary>
/// <remarks>A feature of the connection. Its own threads write, whoever makes room reads: what is read may be a moment old.</remarks>
internal sealed class ClientConnection
{
    /// <summary>What a connection takes: Kestrel's objects and ours, a block of 4 KiB while it asks, the kernel's socket.</summary>
    internal const int Cost = 24 * 1024;

    /// <summary>The same without the block, which its pool counts.</summary>
    internal const int CostWithoutBlock = Cost - BlockPool.Small;

    /// <summary>What a TLS connection takes besides: OpenSSL's state and SslStream's, keys and buffers.</summary>
    internal const int TlsCost = 32 * 1024;

    /// <summary>What an HTTP/2 stream takes as long as its connection lasts: Kestrel keeps and reuses them.</summary>
    private const int StreamCost = 24 * 1024;

    // Seconds: a client that asks in turns is not sent away between two of them.
    private const int Rest = 5;

    // Seconds: who was refused has read why, or does not want to.
    private const int Farewell = 2;

    // A head of this size is within what the connection was counted for.
    private const int SmallHead = 2 * 1024;

    // A byte of a head: two in Kestrel's strings, one in the frame for the worker. The transport's block is its pool's to count.
    private const int BytesPerByte = 3;

    /// <summary>What the largest head of HTTP/2 takes.</summary>
    internal const int LargestHead = BytesPerByte * KestrelLimits.LargestHttp2Head;

    private readonly ConnectionContext connection;
    private readonly ClientConnections all;
    private readonly ClientMemory memory;
    private readonly int mostStreams;
    private long held = CostWithoutBlock;
    private long leaving;
    private int streams;
    private volatile bool ended;
    private volatile int refusedAt;
    private long longestHead;

    internal ClientConnection(ConnectionContext connection, ClientConnections all, ClientMemory memory, int mostStreams)
    {
        (this.connection, this.all, this.memory, this.mostStreams) = (connection, all, memory, mostStreams);
        Since = all.Now;
    }

    /// <summary>Where it is in its owner's list.</summary>
    internal int Index { get; set; }

    /// <summary>Null of HTTP/2.</summary>
    internal HeadWatch? Head { get; set; }

    /// <summary>HTTP/1: what its requests are handled with.</summary>
    internal AppExchange? Exchange { get; set; }

    /// <summary>The second in which it came, or HTTP/2: asked last.</summary>
    internal int Since { get; private set; }

    internal bool IsLeaving => Volatile.Read(ref leaving) != 0;

    /// <summary>What it did when it was told to go.</summary>
    internal ClientState LeftAs { get; private set; }

    /// <summary>Heads of HTTP/2 that nobody has counted yet, of all connections.</summary>
    internal HeadTurns Heads => all.Heads;

    /// <summary>The second that it is now.</summary>
    internal int Now => all.Now;

    /// <summary>More is held than there is memory for: what has not begun should not.</summary>
    internal bool NoRoom => memory.Excess > 0;

    /// <summary>Its unfinished request was refused, and it is there for what it still sends: Kestrel reads on for five seconds.</summary>
    internal bool Lingers => refusedAt != 0 && all.Now - refusedAt >= Farewell;

    /// <summary>HTTP/2: nothing more may come of it.</summary>
    internal bool MustEnd => ended || IsLeaving || memory.IsFull;

    internal ClientState State
    {
        get
        {
            if (Head is null)
            {
                return streams == 0 ? ClientState.Silent : ClientState.Multiplexed;
            }
            if (Head.Waits)
            {
                return (Head.Begun, Exchange) switch
                {
                    (true, _) => ClientState.SendsHead,
                    (_, null) => ClientState.Silent,
                    _ => Age < Rest ? ClientState.Rests : ClientState.Idle,
                };
            }
            return Exchange switch
            {
                { Body.IsSent: true } => ClientState.SendsBody,
                { HeldForReader: > 0 } => ClientState.Reads,
                _ => ClientState.Busy,
            };
        }
    }

    /// <summary>Bytes that come free when it goes, besides blocks.</summary>
    internal long Size => Volatile.Read(ref held) + (Exchange is { } exchange ? exchange.Body.HeldForSender + exchange.HeldForReader : 0);

    /// <summary>For how many seconds it has been as it is.</summary>
    internal int Age => all.Now - (Head?.Since ?? Since);

    /// <summary>So many bytes of a head have come. What the longest took is held until the connection ends: Kestrel keeps strings for the next request.</summary>
    /// <returns>False: there is no memory for it.</returns>
    internal bool HoldHead(long bytes) => HoldHead(bytes, ref longestHead);

    /// <summary>The same for an HTTP/2 stream.</summary>
    /// <param name="before">Bytes of its longest head so far.</param>
    internal bool HoldHead(long bytes, ref long before)
    {
        if (bytes <= Math.Max(before, SmallHead))
        {
            return true;
        }
        var more = BytesPerByte * (bytes - before);
        before = bytes;
        return Hold(more);
    }

    /// <summary>It speaks TLS.</summary>
    internal void HoldTls() => _ = Hold(TlsCost);

    /// <summary>HTTP/2: one more stream's objects are made.</summary>
    internal void AddStream()
    {
        if (Interlocked.Increment(ref streams) <= mostStreams)
        {
            _ = Hold(StreamCost);
        }
    }

    /// <summary>HTTP/2: a request has come.</summary>
    internal void Asked() => Since = all.Now;

    /// <summary>About how many bytes of blocks come free when it goes: the pool does not know who has which.</summary>
    /// <param name="ofBody">What a connection has of the large ones while it sends a body.</param>
    internal long BlocksAs(ClientState state, long ofBody) =>
        BlockPool.Small + (state switch { ClientState.SendsHead => longestHead, ClientState.SendsBody => ofBody, _ => 0 });

    /// <summary>It counts as gone from now on. False: it did already.</summary>
    internal bool TryLeave(ClientState state, long size)
    {
        if (Interlocked.CompareExchange(ref leaving, size, 0) != 0)
        {
            return false;
        }
        LeftAs = state;
        memory.Leaving(size);
        return true;
    }

    /// <summary>HTTP/2: its requests alone are too much by now, and each that is refused is held until its client has ended it.</summary>
    internal void LeaveIfFull()
    {
        if (memory.IsFull)
        {
            ended = true;
            Leave(ClientState.Multiplexed);
        }
    }

    /// <summary>Ends it in the way that fits. Not under a lock: Kestrel runs on this thread.</summary>
    internal void Leave(ClientState state)
    {
        if (state is ClientState.SendsHead or ClientState.SendsBody)
        {
            refusedAt = all.Now;
        }
        switch (state)
        {
            case ClientState.SendsHead:
                Head!.Refuse();
                break;
            case ClientState.SendsBody:
                Exchange!.Body.Refuse();
                break;
            case ClientState.Silent or ClientState.Idle or ClientState.Rests:
                // A request that comes at the same moment is answered first.
                connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
                break;
            default:
                Abort();
                break;
        }
    }

    /// <summary>Ends it at once, in the middle of whatever it does.</summary>
    internal void Abort() => connection.Abort(new ConnectionAbortedException("More memory is held for clients than there is."));

    /// <summary>It has ended.</summary>
    internal void End()
    {
        memory.Hold(-Interlocked.Exchange(ref held, 0));
        memory.Leaving(-Interlocked.Read(ref leaving));
    }

    private bool Hold(long bytes)
    {
        Interlocked.Add(ref held, bytes);
        return memory.Hold(bytes);
    }
}
