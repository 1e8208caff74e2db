namespace Hotplate.Settings;

/// <summary>A listening socket that the server before this one goes on with until this one serves.</summary>
internal sealed record HandedSocket
{
    /// <summary>What it is listened at for, as <c>--bind</c> has it.</summary>
    public required string Bind { get; init; }

    /// <summary>Its number in the process that gets it.</summary>
    public required int Descriptor { get; init; }

    /// <summary>The file of a Unix socket, which goes with the server that has it last; null when there is none.</summary>
    public string? Path { get; init; }

    /// <summary>That file's number on its disk: what else is at the path by then is somebody else's.</summary>
    public ulong Inode { get; init; }
}
