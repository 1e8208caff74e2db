namespace Hotplate.Settings;

/// <summary>What a route asks of one header field, query argument or cookie.</summary>
/// <param name="Name">Header fields in any case; the others as they are.</param>
/// <param name="IsThere">Whether there must be one at all: <c>false</c> of <c>name = false</c>.</param>
/// <param name="Values">Empty: any value will do.</param>
internal sealed record FieldCondition(string Name, bool IsThere, IReadOnlyList<ValuePattern> Values)
{
    /// <summary>Equal for conditions that say the same.</summary>
    internal string Key =>
        IsThere ? $"{Name}={string.Join('|', Values.Select(static one => one.Text).Order(StringComparer.Ordinal))}" : $"!{Name}";

    /// <summary>One of those without ! must fit, if there are any, and none of those with.</summary>
    /// <remarks>As in NGINX Unit: where a name stands several times, each of its values is asked.</remarks>
    internal bool Holds(ReadOnlySpan<char> value)
    {
        bool asked = false, fits = false;
        // By place: the list's enumerator would be allocated, for each request.
        for (var i = 0; i < Values.Count; i++)
        {
            var pattern = Values[i];
            if (pattern.IsNegated)
            {
                if (pattern.Fits(value))
                {
                    return false;
                }
                continue;
            }
            asked = true;
            fits = fits || pattern.Fits(value);
        }
        return fits || !asked;
    }
}
