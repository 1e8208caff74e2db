using Hotplate.Apps;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Tests.Apps;

public class BlockPoolTests
{
    [Fact]
    public void This_Kestrel_lets_it_in() => Assert.True(BlockPool.UseIn(new SocketTransportOptions()));

    [Fact]
    public void A_block_is_small_unless_a_body_is_expected_or_more_is_asked_for()
    {
        using var usual = BlockPool.Instance.Rent(2048);
        BlockPool.ExpectBody(5000);
        using var forBody = BlockPool.Instance.Rent(2048);
        using var next = BlockPool.Instance.Rent(2048);
        using var asked = BlockPool.Instance.Rent(4097);
        BlockPool.ExpectBody(4096);
        using var shortBody = BlockPool.Instance.Rent();

        Assert.Equal(
            [4096, 65536, 4096, 65536, 4096],
            new[] { usual, forBody, next, asked, shortBody }.Select(block => block.Memory.Length));
    }

    [Fact]
    public void Nothing_is_larger_than_it_says() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockPool.Instance.Rent(BlockPool.Instance.MaxBufferSize + 1));

    [Fact]
    public void A_returned_block_is_used_again()
    {
        var blocks = Enumerable.Range(0, 100).Select(_ => BlockPool.Instance.Rent(65536)).ToArray();
        var first = blocks.Select(block => block.Memory).ToHashSet();
        Array.ForEach(blocks, block => block.Dispose());
        using var again = BlockPool.Instance.Rent(65536);
        Assert.Contains(again.Memory, first);
    }
}
