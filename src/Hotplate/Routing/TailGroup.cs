using System.Diagnostics.CodeAnalysis;

namespace Hotplate.Routing;

/// <summary>Routes with a star at the same place, whose text behind the last star is equally long: found by that text.</summary>
internal sealed class TailGroup
{
    private readonly int length;
    private readonly Dictionary<byte[], RouteEntry[]> byTail;
    private readonly Dictionary<byte[], RouteEntry[]>.AlternateLookup<ReadOnlySpan<byte>> lookup;
    private RouteEntry[] all = [];

    private TailGroup(int length)
    {
        this.length = length;
        byTail = new(BytesComparer.Instance);
        lookup = byTail.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The groups and this entry, which is tried after those that are there.</summary>
    internal static TailGroup[] With(TailGroup[] groups, RouteEntry entry)
    {
        var tail = entry.Path.Tail;
        var size = tail.Length;
        var group = Array.Find(groups, one => one.length == size);
        if (group is null)
        {
            group = new TailGroup(size);
            groups = [.. groups, group];
        }
        if (size == 0)
        {
            group.all = [.. group.all, entry];
        }
        else
        {
            group.lookup[tail] = group.lookup.TryGetValue(tail, out var same) ? [.. same, entry] : [entry];
        }
        return groups;
    }

    /// <summary>Those that a path with this end may be of, in the order in which they are tried.</summary>
    /// <param name="rest">What follows the place of the star.</param>
    internal RouteEntry[] Of(ReadOnlySpan<byte> rest) =>
        length == 0 ? all
        : rest.Length >= length && lookup.TryGetValue(rest[^length..], out var entries) ? entries
        : [];

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        internal static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
