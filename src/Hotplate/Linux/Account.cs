namespace Hotplate.Linux;

/// <summary>A user of this machine.</summary>
internal sealed record Account(string Name, uint User, uint Group, string Home);
