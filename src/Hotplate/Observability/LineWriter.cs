using System.Buffers;
using System.Text;

namespace Hotplate.Observability;

/// <summary>Lines on their way to a file or a standard stream, written by a thread of their own.</summary>
/// <remarks>
/// Safe to call from any thread. <see cref="TryWrite(string)"/> never waits and is for the request path: when the reader is so slow that
/// <c>capacity</c> bytes lie ready, the line is dropped and counted, and the count is written once there is room again.
/// <see cref="Write"/> waits instead, for whoever reads from a pipe and may make its writer wait.
/// </remarks>
internal sealed class LineWriter : IDisposable
{
    private readonly Lock _openGate = new();
    private readonly object _gate = new();
    private readonly int _capacity;
    private readonly Func<Stream> _open;
    private readonly LogRotation? _rotation;
    private readonly Thread _thread;
    private Stream _stream;
    private ArrayBufferWriter<byte> _waiting = new(4096);
    private ArrayBufferWriter<byte> _writing = new(4096);
    private long _dropped;
    private bool _sleeping;
    private bool _busy;
    private bool _closed;

    /// <param name="open">Opens the far end; called again by <see cref="Reopen"/>.</param>
    /// <param name="capacity">Most bytes that may wait, 4 MiB unless set: seconds of a busy log.</param>
    /// <param name="rotation">Of a file that is moved away when it has grown enough; null: it is not.</param>
    public LineWriter(Func<Stream> open, int capacity = 4 << 20, LogRotation? rotation = null)
    {
        _rotation = rotation;
        _open = open;
        _capacity = capacity;
        _stream = open();
        _thread = new Thread(Drain, maxStackSize: 128 * 1024) { IsBackground = true, Name = "hotplate log" };
        _thread.Start();
    }

    /// <summary>Appends to a file, which is made when it is not there.</summary>
    public static LineWriter ToFile(string path, LogRotation? rotation = null) => new(() => new AppendedFile(path), rotation: rotation);

    /// <summary>Adds a line, whose end is added here. False: dropped.</summary>
    public bool TryWrite(string line)
    {
        lock (_gate)
        {
            if (!HasRoom(line.Length))
            {
                _dropped++;
                return false;
            }
            Append(line);
            return true;
        }
    }

    /// <summary>Adds a line that is UTF-8 already and may hold any bytes but a line end.</summary>
    public bool TryWrite(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (!HasRoom(line.Length))
            {
                _dropped++;
                return false;
            }
            _waiting.Write(line);
            EndLine();
            return true;
        }
    }

    /// <summary>Tells in a line how many lines were dropped.</summary>
    public Func<long, string> DropNotice { get; init; } = LogForm.Text.Dropped;

    /// <summary>Adds bytes as they are, waiting for room. After <see cref="Dispose"/> they are dropped.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (!HasRoom(bytes.Length) && !_closed)
            {
                Monitor.Wait(_gate);
            }
            if (!_closed)
            {
                _waiting.Write(bytes);
                WakeWriter();
            }
        }
    }

    /// <summary>Adds a line, waiting for room. After <see cref="Dispose"/> it is dropped.</summary>
    public void Write(string line)
    {
        lock (_gate)
        {
            while (!HasRoom(line.Length) && !_closed)
            {
                Monitor.Wait(_gate);
            }
            if (!_closed)
            {
                Append(line);
            }
        }
    }

    /// <summary>Returns when everything added before is written.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            while (_waiting.WrittenCount > 0 || _busy)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Opens the file again, after it was moved away by a log rotation. The old one stays in use when that fails.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public void Reopen()
    {
        var fresh = _open();
        lock (_openGate)
        {
            (_stream, fresh) = (fresh, _stream);
        }
        fresh.Dispose();
    }

    private void Renew()
    {
        try
        {
            Reopen();
        }
        catch (IOException)
        {
            // The one that was moved away is written on, and the next is tried when it has grown as much again.
        }
    }

    /// <summary>Writes what waits, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
        _stream.Dispose();
    }

    private bool HasRoom(int length) => !_closed && (_waiting.WrittenCount == 0 || _waiting.WrittenCount + length < _capacity);

    private void Append(string line)
    {
        Encoding.UTF8.GetBytes(line, _waiting);
        EndLine();
    }

    private void EndLine()
    {
        _waiting.Write("\n"u8);
        WakeWriter();
    }

    private void WakeWriter()
    {
        // A thread that is writing looks again by itself; only one that sleeps costs a wake-up.
        if (_sleeping)
        {
            _sleeping = false;
            Monitor.PulseAll(_gate);
        }
    }

    private void Drain()
    {
        while (TakeWaiting())
        {
            try
            {
                lock (_openGate)
                {
                    _stream.Write(_writing.WrittenSpan);
                    _stream.Flush();
                }
                if (_rotation?.Wrote(_writing.WrittenCount) == true)
                {
                    Renew();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A full disk or a closed pipe: there is no one to tell. The count is written when writing works again.
                Interlocked.Increment(ref _dropped);
            }
        }
    }

    private bool TakeWaiting()
    {
        lock (_gate)
        {
            _writing.ResetWrittenCount();
            _busy = false;
            Monitor.PulseAll(_gate);
            while (_waiting.WrittenCount == 0)
            {
                if (_closed)
                {
                    return false;
                }
                _sleeping = true;
                Monitor.Wait(_gate);
            }
            _sleeping = false;
            _busy = true;
            if (_dropped > 0)
            {
                var dropped = Interlocked.Exchange(ref _dropped, 0);
                Encoding.UTF8.GetBytes(DropNotice(dropped) + '\n', _waiting);
            }
            (_waiting, _writing) = (_writing, _waiting);
            return true;
        }
    }
}
