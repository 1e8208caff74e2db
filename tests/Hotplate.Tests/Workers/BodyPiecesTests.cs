using System.Numerics;
using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>Where large bodies lie in a worker's shared memory.</summary>
public class BodyPiecesTests
{
    private const int Piece = SharedBodies.PieceSize;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(Piece, 1)]
    [InlineData(Piece + 1, 2)]
    [InlineData(Wire.InitialCredit, 16)]
    [InlineData(SharedBodies.Size, 64)]
    public void A_body_gets_as_many_neighbours_as_it_needs_from_the_first_on(int length, int count)
    {
        var pieces = new BodyPieces();
        var taken = pieces.Take(length);
        Assert.Equal((count, 0), (BitOperations.PopCount(taken), BodyPieces.OffsetOf(taken)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(SharedBodies.Size + 1)]
    [InlineData(int.MaxValue)]
    public void What_does_not_fit_at_all_gets_none(int length)
    {
        var pieces = new BodyPieces();
        Assert.False(pieces.HasRoom(length));
        Assert.Equal(0UL, pieces.Take(length));
        Assert.True(pieces.HasRoom(SharedBodies.Size));
    }

    [Fact]
    public void Pieces_that_are_free_but_no_neighbours_are_no_room()
    {
        var pieces = new BodyPieces();
        var taken = Enumerable.Range(0, SharedBodies.Pieces).Select(_ => pieces.Take(Piece)).ToArray();
        for (var i = 0; i < taken.Length; i += 2)
        {
            pieces.Give(taken[i]);
        }
        Assert.True(pieces.HasRoom(Piece));
        Assert.False(pieces.HasRoom(Piece + 1));
        pieces.Give(taken[5]);
        Assert.True(pieces.HasRoom(3 * Piece));
        Assert.False(pieces.HasRoom((3 * Piece) + 1));
        Assert.Equal(4 * Piece, BodyPieces.OffsetOf(pieces.Take(3 * Piece)));
    }

    [Fact]
    public void Whatever_comes_and_goes_no_two_share_a_piece_and_none_is_lost()
    {
        var random = new Random(11);
        var pieces = new BodyPieces();
        var held = new List<(ulong Taken, int Length)>();
        for (var turn = 0; turn < 100_000; turn++)
        {
            var used = held.Aggregate(0UL, static (all, one) => all | one.Taken);
            if (held.Count > 0 && random.Next(2) == 0)
            {
                var gone = random.Next(held.Count);
                pieces.Give(held[gone].Taken);
                held.RemoveAt(gone);
                continue;
            }
            var length = random.Next(1, Wire.InitialCredit + 1);
            var count = (length + Piece - 1) / Piece;
            var fits = Enumerable.Range(0, SharedBodies.Pieces - count + 1).Any(at => (used >> at & (ulong.MaxValue >> (64 - count))) == 0);
            var taken = pieces.Take(length);
            Assert.Equal(fits, taken != 0);
            if (fits)
            {
                Assert.Equal(0UL, taken & used);
                Assert.Equal(ulong.MaxValue >> (64 - count) << (BodyPieces.OffsetOf(taken) / Piece), taken);
                held.Add((taken, length));
            }
        }
        held.ForEach(one => pieces.Give(one.Taken));
        Assert.True(pieces.HasRoom(SharedBodies.Size));
    }
}
