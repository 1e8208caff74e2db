using Hotplate.Worker.Native;

namespace Hotplate.Worker.Link;

/// <summary>A piece of memory the channel is read into. It is free again when no untaken request lies in it.</summary>
internal unsafe struct Chunk
{
    /// <summary>Room for dozens of requests, or for a request with the largest body that rides inside.</summary>
    internal const int UsualSize = 256 * 1024;

    internal Chunk* Next;
    internal byte* Bytes;
    internal int Size;

    /// <summary>Requests in it that were not taken; added to by the reader, taken from by holders of the GIL.</summary>
    internal int Untaken;

    internal static Chunk* Make(int size, Chunk* next)
    {
        var chunk = (Chunk*)Libc.malloc(sizeof(Chunk));
        var bytes = (byte*)Libc.malloc(size);
        if (chunk is null || bytes is null)
        {
            Fatal.Exit("out of memory");
        }
        *chunk = new Chunk { Next = next, Bytes = bytes, Size = size };
        return chunk;
    }

    /// <summary>A free chunk of at least this size, other than the one in use. Unusually large ones that are free are given up.</summary>
    internal static Chunk* Find(ref Chunk* list, Chunk* used, int size)
    {
        Chunk* found = null;
        fixed (Chunk** start = &list)
        {
            var link = start;
            while (*link is not null)
            {
                var chunk = *link;
                var free = chunk != used && Volatile.Read(ref chunk->Untaken) == 0;
                if (free && found is null && chunk->Size >= size)
                {
                    found = chunk;
                }
                else if (free && chunk->Size > UsualSize)
                {
                    *link = chunk->Next;
                    Libc.free(chunk->Bytes);
                    Libc.free(chunk);
                    continue;
                }
                link = &chunk->Next;
            }
        }
        if (found is null)
        {
            found = list = Make(Math.Max(UsualSize, size), list);
        }
        return found;
    }

    internal static void Release(Chunk* chunk) => Interlocked.Decrement(ref chunk->Untaken);
}
