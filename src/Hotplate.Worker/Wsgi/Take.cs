using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker.Wsgi;

/// <summary>take(): the next request for the calling thread, as (environ, start_response, token).</summary>
/// <remarks>
/// A list instead of a tuple says that the loop has to make wsgi.input itself: [environ, start_response, token, descriptor of the body, or None
/// for a body that is read from the channel]. A number instead is a <see cref="Turn"/>.
/// </remarks>
internal static unsafe class Take
{
    private static PyObject** turns;
    private static ulong mainIdent;

    internal static void Open()
    {
        mainIdent = (ulong)Libc.pthread_self();
        turns = (PyObject**)Libc.calloc(4, sizeof(PyObject*));
        for (var i = 0; i < 4; i++)
        {
            turns[i] = Api.PyLong_FromUnsignedLongLong((ulong)i);
        }
    }

    /// <summary>Waits until there is one, or something else to do.</summary>
    internal static PyObject* Next()
    {
        Lifetime.EndIfForked();
        var thread = LoopThreads.Enter();
        var since = 0L;
        while (true)
        {
            if (LoopThreads.TakesSpawn())
            {
                return Reference.Add(turns[(int)Turn.Spawn]);
            }
            if (LoopThreads.MayTake(thread))
            {
                var work = TryNext(thread);
                if (work is not null || Api.PyErr_Occurred() is not null)
                {
                    // Only now is it known that a request waited for the GIL, and not just a thread that found nothing to do.
                    if (since != 0 && work is not null)
                    {
                        Gil.CountTaken(thread->Current, since);
                    }
                    return work;
                }
            }
            var state = Gil.Release();
            var turn = LoopThreads.Wait(thread);
            since = Gil.RetakeToTake(state);
            if (turn != Turn.Take)
            {
                return Reference.Add(turns[(int)turn]);
            }
        }
    }

    /// <summary>Does not wait: for loops of another kind. None when there is none, a <see cref="Turn.Leave"/> when there will be none.</summary>
    internal static PyObject* Now()
    {
        Lifetime.EndIfForked();
        var work = TryNext(null);
        if (work is not null || Api.PyErr_Occurred() is not null)
        {
            return work;
        }
        Outbox.Send(wait: false);
        return Reference.Add(Inbox.Draining ? turns[(int)Turn.Leave] : Api.None);
    }

    private static PyObject* TryNext(LoopThread* thread)
    {
        while (true)
        {
            SendHalf();
            while (Inbox.TryTake(out var arrival))
            {
                var work = TryRun(thread, arrival);
                if (work is not null || Api.PyErr_Occurred() is not null)
                {
                    return work;
                }
            }
            // Trying costs a system call; giving up the GIL and waiting costs several.
            if (!Inbox.Reader.TryEnter())
            {
                return null;
            }
            var any = Inbox.Read(wait: false);
            Inbox.Reader.Exit();
            if (!any)
            {
                return null;
            }
        }
    }

    /// <summary>Half a batch leaves. When nothing lies ready, whoever waits for more sends what there is.</summary>
    private static void SendHalf()
    {
        var answers = Outbox.Answers;
        if (!HalfBatch.IsFull(answers, Inbox.Requests) || !Inbox.HasRequest)
        {
            return;
        }
        if (Inbox.Reader.TryEnter())
        {
            Inbox.Read(wait: false);
            Inbox.Reader.Exit();
        }
        if (HalfBatch.IsFull(answers, Inbox.Requests))
        {
            Outbox.Send(wait: false);
        }
    }

    /// <summary>Null when the front took the request back, or when an exception is set.</summary>
    private static PyObject* TryRun(LoopThread* thread, in Arrival arrival)
    {
        var header = arrival.Header;
        var board = Exchanges.Board;
        ref var line = ref board[header.Slot];
        if (!board.TryMove(header.Slot, header.Argument, SlotState.Queued, SlotState.Running))
        {
            Chunk.Release(arrival.Chunk);
            Descriptors.Forget(header);
            Outbox.Append(FrameType.Skipped, FrameFlags.None, 0, header.Stream, 0, default);
            return null;
        }
        if (header.Flags.HasFlag(FrameFlags.FlushFirst))
        {
            Outbox.Send(wait: false);
        }
        var now = Libc.Now();
        line.RunningAt = now;
        line.Thread = thread is null ? Libc.getpid() : thread->Id;
        line.Ident = thread is null ? mainIdent : thread->Ident;
        var exchange = Exchanges.At(header.Slot);
        Exchanges.Begin(exchange, now);
        var work = Make(exchange, header, arrival.Frame);
        Chunk.Release(arrival.Chunk);
        if (work is null)
        {
            Answer.Fail(exchange); // out of memory or of files, most likely
            return null;
        }
        if (thread is not null)
        {
            LoopThreads.Begin(thread, exchange);
        }
        SideThread.Rouse();
        return work;
    }

    private static PyObject* Make(Exchange* exchange, in FrameHeader header, byte* frame)
    {
        var reader = new PayloadReader(new ReadOnlySpan<byte>(frame + Wire.HeaderSize, header.Length - Wire.HeaderSize));
        if (!RequestHead.TryRead(ref reader, out var head))
        {
            Fatal.Exit("the channel is broken: a request's head");
        }
        exchange->IsHead = head.Method == HttpMethods.Head;
        exchange->NoBody = exchange->IsHead;
        exchange->HasLength = false;
        var inFile = header.Flags.HasFlag(FrameFlags.BodyInFile);
        var descriptor = inFile ? Descriptors.Take(header.Stream) : -1;
        if (inFile && descriptor < 0)
        {
            Log.Write(header.Stream, Log.Error, "the body of this request cannot be opened: the worker has as many files open as it may (ulimit -n)\n");
            return null;
        }
        var environ = Environ.Build(head, ref reader, header.Flags);
        if (environ is null)
        {
            return null;
        }
        var token = Api.PyLong_FromUnsignedLongLong(exchange->Token);
        var startResponse = StartResponse.New(token);
        if (header.Flags.HasFlag(FrameFlags.End) && !inFile)
        {
            var work = Api.PyTuple_New(3);
            Api.PyTuple_SetItem(work, 0, environ);
            Api.PyTuple_SetItem(work, 1, startResponse);
            Api.PyTuple_SetItem(work, 2, token);
            return work;
        }
        var list = Api.PyList_New(4);
        Api.PyList_SetItem(list, 0, environ);
        Api.PyList_SetItem(list, 1, startResponse);
        Api.PyList_SetItem(list, 2, token);
        Api.PyList_SetItem(list, 3, descriptor >= 0 ? Api.PyLong_FromUnsignedLongLong((ulong)descriptor) : Reference.Add(Api.None));
        return list;
    }
}
