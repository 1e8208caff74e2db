using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Linux;

namespace Hotplate.Observability;

/// <summary>A file to whose end every write goes, wherever that is by then: O_APPEND.</summary>
/// <remarks>
/// The class library's FileMode.Append seeks once. After a log rotation that copies and cuts the file (logrotate's copytruncate), it goes on
/// where it was, and the file begins with as many zeros.
/// </remarks>
internal sealed unsafe class AppendedFile : Stream
{
    private int descriptor;

    /// <summary>Opens it, and makes it when it is not there.</summary>
    /// <exception cref="IOException">It cannot be opened; the message is the kernel's.</exception>
    internal AppendedFile(string path)
    {
        descriptor = HandedDescriptors.Take(HandedDescriptors.OfLog(path)) is var handed and >= 0 ? handed : Open(path);
        if (descriptor < 0)
        {
            throw new IOException(new Win32Exception().Message);
        }
    }

    /// <summary>The descriptor; -1, and errno, when it cannot be opened.</summary>
    /// <param name="path">Made when it is not there.</param>
    /// <param name="follow">False: not when it is a link.</param>
    internal static int Open(string path, bool follow = true)
    {
        const uint asTheUmaskLeavesIt = 0x1B6; // 0666
        return Native.open(path, Native.O_WRONLY | Native.O_CREAT | Native.O_APPEND | Native.O_CLOEXEC | (follow ? 0 : Native.O_NOFOLLOW), asTheUmaskLeavesIt);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            for (var written = 0; written < buffer.Length;)
            {
                var n = Native.write(descriptor, bytes + written, buffer.Length - written);
                if (n > 0)
                {
                    written += (int)n;
                }
                else if (n == 0 || Marshal.GetLastPInvokeError() != Native.EINTR)
                {
                    throw new IOException(new Win32Exception().Message);
                }
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref descriptor, -1) is var open and >= 0)
        {
            _ = Native.close(open);
        }
        base.Dispose(disposing);
    }
}
