namespace Hotplate.Workers;

/// <summary>What people know a request by.</summary>
/// <param name="Method">The method; empty when unknown.</param>
/// <param name="Target">As it stood in the request line, shortened when it is very long.</param>
/// <param name="Id">The id in logs and on error pages.</param>
internal sealed record RequestName(string Method, string Target, string Id)
{
    /// <summary>Longer targets are shortened: this is for people.</summary>
    internal const int LongestTarget = 512;

    public override string ToString() => $"{Method} {Target}";
}
