using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker;

/// <summary>The Python module _hotplate: leaf functions that the Python loop calls. User code never runs above a frame of ours.</summary>
internal static unsafe partial class Module
{
    private const int PythonApiVersion = 1013;

    /// <summary>CPython's PyModuleDef.</summary>
    [StructLayout(LayoutKind.Sequential)]
#pragma warning disable CS0649 // the interpreter fills them
    private struct Definition
    {
        internal PyObject Head; // and m_init in the place of PyObject.Size
        internal nint Index;
        internal void* Copy;
        internal byte* Name;
        internal byte* Doc;
        internal nint Size;
        internal Method.Definition* Methods;
        internal void* Slots;
        internal void* Traverse;
        internal void* Clear;
        internal void* Free;
    }
#pragma warning restore CS0649

    /// <summary>What CPython calls when the extension is imported.</summary>
    [UnmanagedCallersOnly(EntryPoint = "PyInit__hotplate")]
    internal static PyObject* Init()
    {
        try
        {
            var missing = Api.Load();
            if (missing is not null)
            {
                if (Api.PyErr_SetString is not null && Api.RuntimeError is not null)
                {
                    Raise.RuntimeError($"this interpreter has no {missing}: Hotplate needs CPython 3.9 or later");
                }
                return null;
            }
            var version = Marshal.PtrToStringUTF8((nint)Api.Py_GetVersion()) ?? "";
            if (version.Contains("free-threading", StringComparison.Ordinal))
            {
                return Raise.RuntimeError("this is a free-threaded build of Python, on which Hotplate is not tested; use the regular build");
            }
            PyText.Probe();
            return Make();
        }
        catch (Exception e)
        {
            return Api.RuntimeError is null ? null : Raise.Managed(e);
        }
    }

    private static PyObject* Make()
    {
        var methods = (Method.Definition*)Libc.calloc(25, sizeof(Method.Definition));
        var at = methods;
        Add(ref at, "attach"u8, &Attach);
        Add(ref at, "ready"u8, &Ready);
        Method.Fill(at++, "take"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&TakeNext, Method.NoArguments);
        Method.Fill(at++, "take_now"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&TakeNow, Method.NoArguments);
        Add(ref at, "finish"u8, &Finish);
        Add(ref at, "write"u8, &Write);
        Method.Fill(at++, "end"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&End, Method.OneArgument);
        Add(ref at, "fail"u8, &Fail);
        Add(ref at, "log"u8, &LogText);
        Add(ref at, "read"u8, &Read);
        Add(ref at, "read_now"u8, &ReadNow);
        Add(ref at, "send_file"u8, &SendFile);
        Method.Fill(at++, "room"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&Room, Method.OneArgument);
        Method.Fill(at++, "send"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&Send, Method.NoArguments);
        Method.Fill(at++, "spawn_failed"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&SpawnFailed, Method.NoArguments);
        Method.Fill(at++, "drained"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&Drained, Method.NoArguments);
        Method.Fill(at++, "leave"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&Leave, Method.NoArguments);
        Add(ref at, "no_replay"u8, &NoReplay);
        Method.Fill(at++, "to_interrupt"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&ToInterrupt, Method.NoArguments);
        Add(ref at, "interrupted"u8, &Interrupted);
        Method.Fill(at++, "wake_on"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&WakeOn, Method.OneArgument);
        Method.Fill(at, "forked"u8, (delegate* unmanaged<PyObject*, PyObject*, PyObject*>)&Forked, Method.NoArguments);
        var definition = (Definition*)Libc.calloc(1, sizeof(Definition) + 16);
        definition->Head.References = 1;
        definition->Methods = methods;
        definition->Size = -1;
        fixed (byte* name = "_hotplate"u8)
        {
            definition->Name = name;
        }
        return Api.PyModule_Create2(definition, PythonApiVersion);
    }

    private static void Add(ref Method.Definition* at, ReadOnlySpan<byte> name, delegate* unmanaged<PyObject*, PyObject**, nint, PyObject*> function) =>
        Method.Fill(at++, name, function, Method.FastCall);

    /// <summary>attach(channel, descriptors, scoreboard, threads, environ, empty input, io.BytesIO, file for stacks, signal for stacks, function that
    /// gives a thread's stack, exception class for requests that are ended)</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Attach(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            if (count != 11)
            {
                return Raise.TypeError("attach() takes 11 arguments");
            }
            var channel = (int)Number(args[0]);
            var wrong = Exchanges.Open((int)Number(args[2]));
            if (wrong is not null)
            {
                return Raise.RuntimeError(wrong);
            }
            Environ.Open(args[4], args[5], args[6]);
            StartResponse.Open();
            LogStream.Open();
            Take.Open();
            Inbox.Open(channel);
            Outbox.Open(channel, Exchanges.Unsent);
            Descriptors.Open((int)Number(args[1]));
            LoopThreads.Open((int)Number(args[3]));
            Stacks.Open((int)Number(args[7]), (int)Number(args[8]));
            Interrupts.Open(args[9], args[10]);
            Lifetime.Open(channel, (int)Number(args[1]));
            return None();
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>ready(python version, kind of loop): tells the front, and starts the helper. Gives a descriptor: for "gevent" one to watch beside the
    /// channel; for "threads" one that tells when the last has left, or None when the main thread is to be the first of them.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Ready(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            if (count != 2 || !PyText.TryAscii(args[0], out var version) || !PyText.TryAscii(args[1], out var loop))
            {
                return Raise.TypeError("ready() takes two strings");
            }
            Span<byte> frame = stackalloc byte[256];
            var length = ReadyFrame.Write(frame, (uint)Libc.getpid(), (ushort)LoopThreads.Ceiling, version, loop);
            Outbox.Append(FrameType.Ready, FrameFlags.None, 0, 0, 0, frame[Wire.HeaderSize..length]);
            var watched = loop.SequenceEqual("gevent"u8);
            if (watched)
            {
                Concurrency.Tell(Exchanges.Board.Slots);
            }
            Outbox.Send(wait: true);
            var alarm = SideThread.Start(Lifetime.Channel, watched);
            if (watched && alarm < 0)
            {
                return Raise.RuntimeError("the kernel refuses an eventfd and a pipe: too many open files?");
            }
            var descriptor = watched ? alarm : LoopThreads.OpenEnd();
            return descriptor >= 0 ? Api.PyLong_FromUnsignedLongLong((ulong)descriptor) : None();
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    [UnmanagedCallersOnly]
    private static PyObject* TakeNext(PyObject* self, PyObject* nothing)
    {
        try
        {
            return Take.Next();
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    [UnmanagedCallersOnly]
    private static PyObject* TakeNow(PyObject* self, PyObject* nothing)
    {
        try
        {
            return Take.Now();
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>finish(token, result): True when result was a list or tuple and is answered; False when it must be iterated.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Finish(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            var exchange = Of(args, count, 2);
            if (exchange is null)
            {
                return null;
            }
            var done = Answer.TryFinish(exchange, args[1], out var failed);
            return failed ? null : Bool(done);
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>write(token, bytes): True when no more is wanted: there is no body or no client, or this went beyond the Content-Length.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Write(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            var exchange = Of(args, count, 2);
            if (exchange is null || !Answer.TryWrite(exchange, args[1]))
            {
                return null;
            }
            return Bool(exchange->IsAbandoned || exchange->ToldOverlong || (exchange->NoBody && exchange->Phase == Phase.HeadSent));
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>end(token): the iterable is exhausted and closed.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* End(PyObject* self, PyObject* token)
    {
        try
        {
            var exchange = Of(&token, 1, 1);
            return exchange is not null && Answer.TryEnd(exchange) ? None() : null;
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>fail(token, text): logs the text; the client gets a 500, or a cut connection when the head is out.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Fail(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            Lifetime.EndIfForked();
            var exchange = count == 2 ? Exchanges.Find(args[0]) : null;
            if (count == 2 && args[1] != Api.None && !LogStream.TryWrite(exchange is null ? 0 : exchange->Stream, Log.Error, args[1]))
            {
                Api.PyErr_Clear();
            }
            if (exchange is not null)
            {
                Answer.Fail(exchange);
            }
            return None();
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>log(token or None, text, flush): what was written to wsgi.errors. None: of the request that this thread runs.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* LogText(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            if (count != 3)
            {
                return Raise.TypeError("log() takes 3 arguments");
            }
            var thread = LoopThreads.Current;
            var exchange = args[0] != Api.None ? Exchanges.Find(args[0]) : thread is null ? null : thread->Current;
            return LogStream.TryWriteLines(exchange, args[1], flush: args[2] == Api.True) ? None() : null;
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>read(token, n): up to n bytes of a streamed request body, waiting for the first; b"" at its end.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Read(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            var exchange = Of(args, count, 2);
            return exchange is null ? null : RequestBodyReader.Read(exchange, Size(args[1]), wait: true);
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>read_now(token, n): as read(), but None when nothing has arrived.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* ReadNow(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            var exchange = Of(args, count, 2);
            return exchange is null ? null : RequestBodyReader.Read(exchange, Size(args[1]), wait: false);
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    /// <summary>room(token): so many bytes can be given to write() without waiting.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Room(PyObject* self, PyObject* token)
    {
        var exchange = Of(&token, 1, 1);
        return exchange is null ? null
            : Api.PyLong_FromUnsignedLongLong(exchange->IsAbandoned || exchange->NoBody ? long.MaxValue : (ulong)Math.Max(exchange->Credit, 0));
    }

    /// <summary>send(): sends finished answers, as far as that goes without waiting.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Send(PyObject* self, PyObject* nothing)
    {
        Outbox.Send(wait: false);
        return None();
    }

    /// <summary>send_file(token, descriptor, offset, count): answers with a range of a regular file.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* SendFile(PyObject* self, PyObject** args, nint count)
    {
        try
        {
            var exchange = Of(args, count, 4);
            return exchange is not null && FileAnswer.TrySend(exchange, (int)Number(args[1]), Number(args[2]), Number(args[3])) ? None() : null;
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    private static Exchange* Of(PyObject** args, nint count, int expected)
    {
        Lifetime.EndIfForked();
        var exchange = count == expected ? Exchanges.Find(args[0]) : null;
        if (exchange is null)
        {
            Raise.RuntimeError(count == expected ? "the request was answered already" : "wrong number of arguments");
        }
        return exchange;
    }

    private static long Number(PyObject* value)
    {
        int overflow;
        return value->Type == Api.Long ? Api.PyLong_AsLongLongAndOverflow(value, &overflow) : -1;
    }

    private static int Size(PyObject* value) => (int)Math.Clamp(Number(value), 0, 1 << 20);

    private static PyObject* Bool(bool value) => Reference.Add(value ? Api.True : Api.False);

    private static PyObject* None() => Reference.Add(Api.None);
}
