namespace Hotplate.Apps;

/// <summary>The blocks of one size: the few that were used last, and slabs with the others.</summary>
/// <remarks>
/// Blocks are taken from the oldest slab that has one, so that the younger ones become empty when fewer are needed. An empty slab goes
/// when enough is kept, and a <see cref="Trim"/> gives back all that nobody uses. Who comes and goes, as requests do, moves among the few
/// and touches no slab.
/// </remarks>
internal sealed class BlockShelf(int size)
{
    // What is kept of a size when nobody uses it.
    private const int MostKept = 8 << 20;
    private const int Few = 256 * 1024;

    private readonly Lock gate = new();
    private readonly Block[] used = new Block[Few / size];
    private readonly List<BlockSlab> slabs = [];
    private int count;
    private int oldest;
    private long kept;
    private long lent;

    /// <summary>Bytes of the slabs that exist.</summary>
    internal long Bytes
    {
        get
        {
            lock (gate)
            {
                return slabs.Where(static slab => slab.Exists).Sum(static slab => (long)slab.Bytes);
            }
        }
    }

    /// <summary>Bytes of the blocks that somebody has. May be a moment old.</summary>
    internal long Lent => Interlocked.Read(ref lent);

    internal Block Take()
    {
        lock (gate)
        {
            var block = count > 0 ? used[--count] : TakeFromSlab();
            block.IsLent = true;
            lent += size;
            return block;
        }
    }

    internal void Put(Block block)
    {
        Block[]? gone = null;
        lock (gate)
        {
            if (!block.IsLent)
            {
                return;
            }
            block.IsLent = false;
            lent -= size;
            if (count < used.Length)
            {
                used[count++] = block;
                return;
            }
            PutIntoSlab(block);
            if (kept > MostKept && block.Slab.IsEmpty)
            {
                gone = block.Slab.Release();
                kept -= block.Slab.Bytes;
            }
        }
        if (gone is not null)
        {
            BlockSlab.GiveBack(gone);
        }
    }

    /// <summary>Gives back the memory of all blocks that nobody uses. Takes milliseconds when they are many.</summary>
    internal void Trim()
    {
        lock (gate)
        {
            while (count > 0)
            {
                PutIntoSlab(used[--count]);
                used[count] = null!;
            }
            foreach (var slab in slabs)
            {
                slab.GiveBackFree();
                if (slab.IsEmpty && slab.Release() is not null)
                {
                    kept -= slab.Bytes;
                }
            }
        }
    }

    private Block TakeFromSlab()
    {
        while (oldest < slabs.Count && slabs[oldest].IsFull)
        {
            oldest++;
        }
        if (oldest == slabs.Count)
        {
            slabs.Add(new BlockSlab(this, size, oldest));
        }
        var slab = slabs[oldest];
        var isNew = !slab.Exists;
        var block = slab.Take();
        kept += (isNew ? slab.Bytes : 0) - size;
        return block;
    }

    private void PutIntoSlab(Block block)
    {
        block.Slab.Put(block);
        kept += size;
        oldest = Math.Min(oldest, block.Slab.Index);
    }
}
