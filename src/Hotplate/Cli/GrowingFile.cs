using System.Text;
using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary>The whole lines of a file that is written on, and of the one that takes its place.</summary>
internal sealed class GrowingFile : IDisposable
{
    private readonly string path;
    private readonly byte[] piece = new byte[64 * 1024];
    private readonly Queue<string> lines = new();
    private readonly MemoryStream begun = new();
    private FileStream file;

    /// <param name="most">Bytes at its end; what is before is passed over.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    internal GrowingFile(string path, long most)
    {
        this.path = path;
        file = Open(path);
        if (file.Length > most)
        {
            file.Position = file.Length - most;
            // The rest of one.
            ReadLine();
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>The next one; null: there is none yet.</summary>
    internal string? ReadLine()
    {
        while (lines.Count == 0)
        {
            var count = file.Read(piece);
            if (count == 0)
            {
                return null;
            }
            Split(piece.AsSpan(0, count));
        }
        return lines.Dequeue();
    }

    /// <summary>Goes on with what is there now, if that is another file or has been emptied: logrotate's two ways.</summary>
    internal void GoOn()
    {
        if (file.Length < file.Position)
        {
            begun.SetLength(0);
            file.Position = 0;
        }
        var open = FileIdentity.Of((int)file.SafeFileHandle.DangerousGetHandle());
        if (FileIdentity.Of(path) is { IsLink: false } there && open is { } ours && !there.IsSameFileAs(ours))
        {
            // What came since the last look.
            for (var count = file.Read(piece); count > 0; count = file.Read(piece))
            {
                Split(piece.AsSpan(0, count));
            }
            begun.SetLength(0);
            file.Dispose();
            file = Open(path);
        }
    }

    private void Split(ReadOnlySpan<byte> rest)
    {
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            begun.Write(rest[..end]);
            lines.Enqueue(Encoding.UTF8.GetString(begun.GetBuffer(), 0, (int)begun.Length));
            begun.SetLength(0);
            rest = rest[(end + 1)..];
        }
        begun.Write(rest);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
