using System.Runtime.InteropServices;

namespace Hotplate.Control;

/// <summary>Which file a path names, what it is and whose: of a link, the link itself. The class library tells none of it.</summary>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode, uint Owner, ushort Mode)
{
    private const int TypeBits = 0xF000;

    /// <summary>The user this process acts as.</summary>
    internal static uint Me { get; } = Native.geteuid();

    internal bool IsFolder => (Mode & TypeBits) == 0x4000;

    internal bool IsSocket => (Mode & TypeBits) == 0xC000;

    internal bool IsLink => (Mode & TypeBits) == 0xA000;

    /// <summary>Nobody but its owner, and root, may do anything with it.</summary>
    internal bool IsPrivate => (Mode & 0x3F /* 077 */) == 0;

    /// <summary>Null when nothing is there, or it cannot be looked at.</summary>
    internal static unsafe FileIdentity? Of(string path)
    {
        const int wholeStructure = 256, here = -100, noFollow = 0x100;
        const uint basic = 0x7ff;
        var result = stackalloc byte[wholeStructure];
        var file = new ReadOnlySpan<byte>(result, wholeStructure);
        return Native.statx(here, path, noFollow, basic, result) == 0
            ? new FileIdentity(
                MemoryMarshal.Read<uint>(file[136..]), MemoryMarshal.Read<uint>(file[140..]), MemoryMarshal.Read<ulong>(file[32..]),
                MemoryMarshal.Read<uint>(file[20..]), MemoryMarshal.Read<ushort>(file[28..]))
            : null;
    }
}
