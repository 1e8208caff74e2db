namespace Hotplate.Routing;

/// <summary>The paths of one host, as a tree over what stands before their first star.</summary>
/// <remarks>Whatever a request's path goes through may take it. Built once; then only read.</remarks>
internal sealed class PathNode
{
    private byte[] label;
    private byte[] firsts = [];
    private PathNode[] children = [];

    /// <summary>The path ends here.</summary>
    private RouteEntry[] ends = [];

    /// <summary>There is a star here, and the rest of the pattern is to be looked for. By what stands behind the last star.</summary>
    private TailGroup[] stars = [];

    private PathNode(ReadOnlySpan<byte> label) => this.label = label.ToArray();

    /// <param name="entries">In the order in which they are tried, with their ranks.</param>
    internal static PathNode Build(IEnumerable<RouteEntry> entries)
    {
        var root = new PathNode([]);
        foreach (var entry in entries)
        {
            // The asterisk form has no slash.
            var node = root.At(entry.Path.IsAny ? [] : entry.Path.Head);
            if (entry.Path.IsExact)
            {
                node.ends = [.. node.ends, entry];
                continue;
            }
            node.stars = TailGroup.With(node.stars, entry);
            if (!entry.Path.Folder.IsEmpty)
            {
                var folder = root.At(entry.Path.Folder);
                folder.ends = [.. folder.ends, entry];
            }
        }
        return root;
    }

    /// <summary>The first in order that takes the request; null: none does.</summary>
    internal RouteEntry? Find(in RouteQuery query)
    {
        RouteEntry? best = null;
        Find(query, query.Path, ref best);
        return best;
    }

    // The deepest first: what is there is longer, so that little of the rest is asked.
    private void Find(in RouteQuery query, ReadOnlySpan<byte> rest, ref RouteEntry? best)
    {
        if (rest.IsEmpty)
        {
            Take(ends, query, ref best, mustMatch: false);
        }
        else if (firsts.AsSpan().IndexOf(rest[0]) is >= 0 and var at && rest.StartsWith(children[at].label))
        {
            children[at].Find(query, rest[children[at].label.Length..], ref best);
        }
        foreach (var group in stars)
        {
            Take(group.Of(rest), query, ref best, mustMatch: true);
        }
    }

    private static void Take(RouteEntry[] entries, in RouteQuery query, ref RouteEntry? best, bool mustMatch)
    {
        foreach (var entry in entries)
        {
            if (best is not null && best.Rank < entry.Rank)
            {
                return;
            }
            if ((!mustMatch || entry.Path.IsPrefix || entry.Path.Matches(query.Path)) && entry.Takes(query))
            {
                best = entry;
                return;
            }
        }
    }

    /// <summary>The node where this text ends; made if there is none.</summary>
    private PathNode At(ReadOnlySpan<byte> text)
    {
        var node = this;
        while (!text.IsEmpty)
        {
            var at = node.firsts.AsSpan().IndexOf(text[0]);
            if (at < 0)
            {
                node.firsts = [.. node.firsts, text[0]];
                node.children = [.. node.children, new PathNode(text)];
                return node.children[^1];
            }
            var child = node.children[at];
            var common = text.CommonPrefixLength(child.label);
            if (common < child.label.Length)
            {
                var above = new PathNode(text[..common]) { firsts = [child.label[common]], children = [child] };
                child.label = child.label[common..];
                node.children[at] = child = above;
            }
            node = child;
            text = text[common..];
        }
        return node;
    }
}
