using Hotplate.Apps;
using Hotplate.Observability;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>All connections of clients: no more of them than there is memory for, and the oldest and largest unfinished ones go when it is short.</summary>
/// <remarks>
/// A connection takes the lock when it comes and when it ends, a request never. Who is sent away first: see <see cref="ClientState"/>; among those of a kind the one
/// that holds most for longest.
/// </remarks>
internal sealed class ClientConnections : IDisposable
{
    // Room is made for more than the one that asked, so that looking at all of them costs each little.
    private const int Portion = 8;
    private const int Least = 64;
    private const int ShareOfHeads = 16;
    private const int MostHeads = 1000;
    private const int BetweenWarnings = 60;
    private const long MostAlive = 32 << 20;
    private const int TidiesAfterCrowd = 30;
    private const int BetweenTidies = 10;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly List<ClientConnection> all = [];
    private readonly long[] closed = new long[Enum.GetValues<ClientState>().Length];
    private readonly ClientMemory memory;
    private readonly int mostStreams;
    private readonly int mostWithLeaving;
    private readonly ILogger log;
    private readonly ITimer clock;
    private volatile int now = 1;
    private int leaving;
    private int warned = -BetweenWarnings;
    private int warnedOfDescriptors = -BetweenWarnings;
    private long passedOver;
    private long peak;
    private int tidies;
    private int uselessAt;

    /// <param name="memory">Is asked, and asks for room here.</param>
    /// <param name="given">Most connections as the user wants it; null: as many as there is memory and descriptors for.</param>
    /// <param name="descriptors">Files that clients may make the process open.</param>
    /// <param name="mostStreams">Most requests of one HTTP/2 connection at a time.</param>
    /// <param name="tls">They may speak TLS.</param>
    internal ClientConnections(ClientMemory memory, int? given, long descriptors, int mostStreams, TimeProvider time, ILogger log,
        bool tls = false)
    {
        (this.memory, this.mostStreams, this.log) = (memory, mostStreams, log);
        // Half of the memory if all are idle; a quarter of the descriptors is for spool files.
        Most = (int)Math.Max(Math.Min(given ?? memory.Limit / 2 / (ClientConnection.Cost + (tls ? ClientConnection.TlsCost : 0)),
            descriptors / 4 * 3), Math.Min(Least, given ?? Least));
        mostWithLeaving = (int)Math.Min(2L * Most, Math.Max(descriptors / 8 * 7, Most));
        Heads = new HeadTurns((int)Math.Clamp(memory.Limit / ShareOfHeads / ClientConnection.LargestHead, 2, MostHeads));
        memory.MakeRoom = MakeRoom;
        clock = time.CreateTimer(static me => ((ClientConnections)me!).OnTick(), this, Tick, Tick);
    }

    /// <summary>Heads of HTTP/2 that nobody has counted yet.</summary>
    internal HeadTurns Heads { get; }

    /// <summary>Most connections.</summary>
    internal int Most { get; }

    /// <summary>Bytes of one connection that may lie unread or unsent: half of the budget for each, when there are as many as may be.</summary>
    internal int BufferSize => (int)Math.Clamp(memory.Limit / Most / 2, 16 * 1024, 1 << 20);

    /// <summary>Seconds since some moment; never 0.</summary>
    internal int Now => now;

    internal ConnectionCounts Counts
    {
        get
        {
            lock (gate)
            {
                var sentAway = closed.Select(static (count, state) => (State: Label((ClientState)state), Count: count)).GroupBy(static one => one.State);
                return new ConnectionCounts(all.Count, Most, passedOver, [.. sentAway.Select(static group => (group.Key, group.Sum(static one => one.Count)))]);
            }
        }
    }

    /// <summary>Connection middleware; the <see cref="ClientConnection"/> becomes a feature of the connection.</summary>
    /// <param name="next">What follows.</param>
    /// <param name="multiplexed">HTTP/2: one connection can hold as much as hundreds of others, so none comes while the budget is used up.</param>
    internal ConnectionDelegate Watch(ConnectionDelegate next, bool multiplexed) => async connection =>
    {
        var client = new ClientConnection(connection, this, memory, mostStreams);
        if (!TryEnter(client, multiplexed))
        {
            connection.Abort(new ConnectionAbortedException("There are as many connections as there may be."));
            return;
        }
        try
        {
            connection.Features.Set(client);
            _ = memory.Hold(ClientConnection.CostWithoutBlock);
            await next(connection);
        }
        finally
        {
            Exit(client);
        }
    };

    public void Dispose() => clock.Dispose();

    private void OnTick()
    {
        now++;
        var used = memory.Used;
        peak = Math.Max(peak, used);
        // Blocks are lent without a look at the budget.
        if (memory.Excess > 0)
        {
            MakeRoom();
        }
        if (memory.Used > 2 * memory.Limit)
        {
            EndLingering();
        }
        // When a crowd has gone, what it left is old and large and would lie there for long. With little alive that is a matter of milliseconds.
        if (peak > memory.Limit / 4 && used < Math.Min(peak / 4, MostAlive))
        {
            peak = used;
            tidies = TidiesAfterCrowd;
        }
        // More than once: the last connections take a while to end, and arrays that a pool keeps are let go one after another.
        if (tidies > 0 && (tidies-- % BetweenTidies) == 0 && used < MostAlive)
        {
            BlockPool.Instance.Trim();
            BodyBuffers.LetGo();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            log.Tidied(GC.GetTotalMemory(forceFullCollection: false) >> 20, GC.GetGCMemoryInfo().TotalCommittedBytes >> 20);
        }
    }

    /// <summary>What was refused counts as gone. When that is too much to wait for, it goes: not sooner, since who is sent away comes
    /// again.</summary>
    private void EndLingering()
    {
        ClientConnection[] lingering;
        lock (gate)
        {
            lingering = [.. all.Where(static client => client.Lingers)];
        }
        foreach (var client in lingering)
        {
            client.Abort();
        }
    }

    private static string Label(ClientState state) => state switch
    {
        ClientState.SendsHead => "head",
        ClientState.SendsBody => "body",
        ClientState.Silent => "silent",
        ClientState.Idle or ClientState.Rests => "idle",
        ClientState.Reads => "answer",
        ClientState.Multiplexed => "http2",
        _ => "busy",
    };

    /// <summary>The kernel has no descriptor for one more connection.</summary>
    internal void MakePlaces(string reason)
    {
        List<(ClientConnection Client, ClientState State)> going;
        lock (gate)
        {
            going = Choose(IsIdle, byAge: true, (all.Count + 31) / 32, long.MaxValue);
        }
        SendAway(going);
        if (MayWarn(ref warnedOfDescriptors))
        {
            log.NoDescriptor(reason, OpenFiles.Limit);
        }
    }

    private static bool IsIdle(ClientState state) => state is ClientState.SendsHead or ClientState.SendsBody or ClientState.Silent or ClientState.Idle;

    private bool TryEnter(ClientConnection client, bool multiplexed)
    {
        List<(ClientConnection Client, ClientState State)>? going = null;
        bool entered;
        lock (gate)
        {
            if (all.Count - leaving >= Most)
            {
                going = Choose(static state => IsIdle(state) || state == ClientState.Rests, byAge: true, (Most + 31) / 32, long.MaxValue);
            }
            // Those that are told to go need a moment.
            entered = all.Count - leaving < Most && all.Count < mostWithLeaving && !(multiplexed && memory.Used > memory.Limit);
            if (entered)
            {
                client.Index = all.Count;
                all.Add(client);
            }
            else
            {
                passedOver++;
            }
        }
        SendAway(going);
        if (!entered)
        {
            Warn(1);
        }
        return entered;
    }

    private void Exit(ClientConnection client)
    {
        lock (gate)
        {
            var last = all[^1];
            all[client.Index] = last;
            last.Index = client.Index;
            all.RemoveAt(all.Count - 1);
            if (client.IsLeaving)
            {
                leaving--;
            }
            client.End();
        }
    }

    private void MakeRoom()
    {
        List<(ClientConnection Client, ClientState State)> going;
        if (uselessAt == now || !gate.TryEnter())
        {
            return;
        }
        try
        {
            going = Choose(static state => state is not (ClientState.Rests or ClientState.Busy), byAge: false, int.MaxValue, memory.Excess + (memory.Limit / Portion));
            uselessAt = going.Count == 0 ? now : 0;
        }
        finally
        {
            gate.Exit();
        }
        SendAway(going);
        Warn(going.Count);
    }

    /// <summary>Those to send away, who count as gone from now on. Under the lock.</summary>
    private List<(ClientConnection Client, ClientState State)> Choose(Func<ClientState, bool> which, bool byAge, int most, long bytes)
    {
        var candidates = new List<(ClientState State, long Weight, ClientConnection Client)>();
        var bodies = 0;
        foreach (var client in all)
        {
            var state = client.IsLeaving ? client.LeftAs : client.State;
            bodies += state == ClientState.SendsBody ? 1 : 0;
            if (!client.IsLeaving && which(state))
            {
                candidates.Add((state, (byAge ? 1 : client.Size) * (state < ClientState.Reads ? 1L + client.Age : 1), client));
            }
        }
        candidates.Sort((a, b) => Order(a.State, byAge) != Order(b.State, byAge)
            ? Order(a.State, byAge).CompareTo(Order(b.State, byAge))
            : b.Weight.CompareTo(a.Weight));
        var ofBody = memory.InLargeBlocks / Math.Max(bodies, 1);
        var chosen = new List<(ClientConnection, ClientState)>();
        foreach (var (state, _, client) in candidates)
        {
            if (chosen.Count >= most || bytes <= 0)
            {
                break;
            }
            var size = client.Size + client.BlocksAs(state, ofBody);
            bytes -= size;
            if (client.TryLeave(state, size))
            {
                leaving++;
                closed[(int)state]++;
                chosen.Add((client, state));
            }
        }
        return chosen;
    }

    // Unfinished requests are sent away first for their memory; for a place, those who never said anything are as good, and uploads go last.
    private static int Order(ClientState state, bool byAge) => (state, byAge) switch
    {
        (ClientState.SendsHead, true) => (int)ClientState.Silent,
        (ClientState.SendsBody, true) => (int)ClientState.Reads,
        _ => (int)state,
    };

    private static void SendAway(List<(ClientConnection Client, ClientState State)>? going)
    {
        foreach (var (client, state) in going ?? [])
        {
            client.Leave(state);
        }
    }

    private void Warn(int count)
    {
        if (count > 0 && MayWarn(ref warned))
        {
            log.ClientsSentAway(memory.Used >> 20, memory.Limit >> 20, all.Count, Most);
        }
    }

    private bool MayWarn(ref int last)
    {
        var before = Volatile.Read(ref last);
        return now - before >= BetweenWarnings && Interlocked.CompareExchange(ref last, now, before) == before;
    }
}
