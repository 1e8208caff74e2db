using System.Runtime.InteropServices;

namespace Hotplate.Observability;

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

    /// <summary>The device's number as stat(2) has it and JOURNAL_STREAM writes it: gnu_dev_makedev(3).</summary>
    internal ulong Device => ((ulong)(DeviceMajor & 0xFFFFF000) << 32) | ((ulong)(DeviceMajor & 0xFFF) << 8) | ((ulong)(DeviceMinor & 0xFFFFFF00) << 12) | (DeviceMinor & 0xFF);

    /// <summary>Null when nothing is there, or it cannot be looked at.</summary>
    internal static FileIdentity? Of(string path) => Look(-100 /* AT_FDCWD */, path, 0x100 /* AT_SYMLINK_NOFOLLOW */);

    /// <summary>Of an open file.</summary>
    internal static FileIdentity? Of(int descriptor) => Look(descriptor, "", 0x1000 /* AT_EMPTY_PATH */);

    /// <summary>True when both are one file, whatever became of its mode and owner.</summary>
    internal bool IsSameFileAs(FileIdentity other) => DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor && Inode == other.Inode;

    private static unsafe FileIdentity? Look(int directory, string path, int flags)
    {
        const int wholeStructure = 256;
        const uint basic = 0x7ff;
        var result = stackalloc byte[wholeStructure];
        var file = new ReadOnlySpan<byte>(result, wholeStructure);
        return Native.statx(directory, path, flags, basic, result) == 0
            ? new FileIdentity(
                MemoryMarshal.Read<uint>(file[136..]), MemoryMarshal.Read<uint>(file[140..]), MemoryMarshal.Read<ulong>(file[32..]),
                MemoryMarshal.Read<uint>(file[20..]), MemoryMarshal.Read<ushort>(file[28..]))
            : null;
    }
}
