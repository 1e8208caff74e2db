namespace Hotplate.Linux;

/// <summary>What the kernel says about an open file.</summary>
/// <param name="Mode">Type and permission bits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedSeconds">Since 1970.</param>
/// <param name="ModifiedNanoseconds">Beyond those seconds.</param>
internal readonly record struct FileStatus(ushort Mode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds)
{
    private const int TypeBits = 0xF000;

    internal bool IsRegular => (Mode & TypeBits) == 0x8000;

    internal bool IsFolder => (Mode & TypeBits) == 0x4000;
}
