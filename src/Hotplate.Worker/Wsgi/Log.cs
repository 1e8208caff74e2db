using Hotplate.Channel;
using Hotplate.Worker.Link;

namespace Hotplate.Worker.Wsgi;

/// <summary>Text for the front's log, of a request (by its stream) or of the worker (stream 0).</summary>
internal static unsafe class Log
{
    // The numbers of Microsoft.Extensions.Logging's LogLevel.
    internal const uint Warning = 3;
    internal const uint Error = 4;

    private const int MaxText = 60 * 1024;

    internal static void Write(uint stream, uint level, string text) => Write(stream, level, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>UTF-8. Sent at once, as far as that goes without waiting: if the process dies next, this says why.</summary>
    internal static void Write(uint stream, uint level, ReadOnlySpan<byte> text)
    {
        if (Lifetime.Forked)
        {
            // The channel is the parent's; what a child says goes where its print() goes.
            fixed (byte* bytes = text)
            {
                _ = Native.Libc.write(2, bytes, text.Length);
            }
            return;
        }
        do
        {
            var length = text.Length;
            if (length > MaxText)
            {
                length = MaxText;
                while ((text[length] & 0xC0) == 0x80)
                {
                    length--; // not within a character
                }
            }
            Outbox.Append(FrameType.Log, FrameFlags.None, 0, stream, level, text[..length]);
            text = text[length..];
        }
        while (!text.IsEmpty);
        // At the end of the process nobody else sends what is left over.
        Outbox.Send(wait: Lifetime.Finished);
    }
}
