namespace Hotplate.Routing;

/// <summary>The cookies of one Cookie field, one after another, without memory for them.</summary>
internal ref struct CookieText(ReadOnlySpan<char> field)
{
    private ReadOnlySpan<char> rest = field;

    /// <summary>RFC 6265 §4.2.1. Spaces around are no part of it; what has no name is passed over.</summary>
    internal ReadOnlySpan<char> Name { get; private set; }

    internal ReadOnlySpan<char> Value { get; private set; }

    public readonly CookieText Current => this;

    public readonly CookieText GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf(';');
            var pair = (end < 0 ? rest : rest[..end]).Trim();
            rest = end < 0 ? default : rest[(end + 1)..];
            var equals = pair.IndexOf('=');
            if (equals > 0)
            {
                Name = pair[..equals].TrimEnd();
                Value = pair[(equals + 1)..].TrimStart();
                return true;
            }
        }
        return false;
    }
}
