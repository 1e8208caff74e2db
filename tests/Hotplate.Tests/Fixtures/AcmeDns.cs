using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>A name server for which every host is this machine; TXT records are files in a folder.</summary>
internal sealed class AcmeDns : IDisposable
{
    private const int A = 1;
    private const int Txt = 16;
    private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly string folder;

    /// <param name="folder">A file is called as the name, and holds the value.</param>
    public AcmeDns(string folder)
    {
        this.folder = folder;
        // Not on the pool, which may be busy for longer than an authority waits for a name: two seconds.
        new Thread(Run) { IsBackground = true, Priority = ThreadPriority.Highest }.Start();
    }

    public EndPoint EndPoint => socket.Client.LocalEndPoint!;

    public void Dispose() => socket.Dispose();

    private void Run()
    {
        try
        {
            while (true)
            {
                var from = new IPEndPoint(IPAddress.Any, 0);
                var asked = socket.Receive(ref from!);
                if (asked.Length == 0)
                {
                    // The test is over: its socket was shut down.
                    return;
                }
                socket.Send(Answer(asked), from);
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(byte[] question)
    {
        const int head = 12;
        var labels = new List<string>();
        var at = head;
        while (question[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
            at += question[at] + 1;
        }
        var kind = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        var file = Path.Combine(folder, string.Join('.', labels).ToLowerInvariant());
        byte[]? value = kind == A ? [127, 0, 0, 1]
            : kind == Txt && File.Exists(file) && File.ReadAllText(file).Trim() is var text
            ? [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]
            : null;
        List<byte> answer = [question[0], question[1], 0x85, 0x80, 0, 1, 0, (byte)(value is null ? 0 : 1), 0, 0, 0, 0,
            .. question[head..(at + 5)]];
        if (value is not null)
        {
            answer.AddRange([0xC0, head, 0, (byte)kind, 0, 1, 0, 0, 0, 1, 0, (byte)value.Length, .. value]);
        }
        return [.. answer];
    }
}
