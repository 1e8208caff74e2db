namespace Hotplate.Linux;

/// <summary>Who a process is to be: its user, its group, and the further groups of that user.</summary>
/// <param name="Name">The user's name, or its number where it has none.</param>
/// <param name="Home">Its folder; <c>/</c> where it has none.</param>
internal sealed record Identity(string Name, uint User, uint Group, IReadOnlyList<uint> Groups, string Home)
{
    /// <summary>This process is not that yet.</summary>
    public bool IsToCome => Accounts.Me != User || Accounts.MyGroup != Group;

    /// <summary>What a login gives a process of that user.</summary>
    public IEnumerable<(string Name, string Value)> Variables => [("HOME", Home), ("USER", Name), ("LOGNAME", Name)];
}
