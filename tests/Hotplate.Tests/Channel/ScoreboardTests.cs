using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hotplate.Channel;

namespace Hotplate.Tests.Channel;

public unsafe class ScoreboardTests
{
    [Fact]
    public void Lines_are_cache_lines()
    {
        Assert.Equal((64, 64), (Unsafe.SizeOf<SlotLine>(), Unsafe.SizeOf<WorkerLine>()));
        Assert.Equal(64 * 9, Scoreboard.SizeFor(8));
    }

    [Fact]
    public void A_word_holds_sequence_and_state()
    {
        var word = Scoreboard.Word(uint.MaxValue, SlotState.Answering);
        Assert.Equal((uint.MaxValue, SlotState.Answering), (Scoreboard.SequenceOf(word), Scoreboard.StateOf(word)));
    }

    [Fact]
    public void A_slot_moves_only_from_what_it_is() => With(board =>
    {
        board[3].Word = Scoreboard.Word(7, SlotState.Queued);
        Assert.False(board.TryMove(3, 7, SlotState.Running, SlotState.Answering));
        Assert.False(board.TryMove(3, 6, SlotState.Queued, SlotState.Running));
        Assert.True(board.TryMove(3, 7, SlotState.Queued, SlotState.Running));
        Assert.False(board.TryMove(3, 7, SlotState.Queued, SlotState.Free));
        Assert.Equal(Scoreboard.Word(7, SlotState.Running), board[3].Word);
    });

    [Fact]
    public void A_slot_that_is_not_there_does_not_move() => With(board =>
    {
        Assert.False(board.TryMove(-1, 0, SlotState.Free, SlotState.Queued));
        Assert.False(board.TryMove(8, 0, SlotState.Free, SlotState.Queued));
    });

    [Fact]
    public void Of_two_threads_that_want_a_slot_exactly_one_gets_it() => With(
        board =>
        {
            for (var slot = 0; slot < board.Slots; slot++)
            {
                board[slot].Word = Scoreboard.Word((uint)slot, SlotState.Queued);
            }
            var reclaimed = 0;
            using var start = new Barrier(2);
            var other = new Thread(() => reclaimed = Race(SlotState.Free));
            other.Start();
            var taken = Race(SlotState.Running);
            other.Join();
            Assert.Equal(board.Slots, taken + reclaimed);

            int Race(SlotState to)
            {
                start.SignalAndWait();
                var won = 0;
                for (var slot = 0; slot < board.Slots; slot++)
                {
                    won += board.TryMove(slot, (uint)slot, SlotState.Queued, to) ? 1 : 0;
                }
                return won;
            }
        },
        slots: 50_000);

    private static void With(Action<Scoreboard> test, int slots = 8)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Scoreboard.SizeFor(slots), 64);
        new Span<byte>(memory, Scoreboard.SizeFor(slots)).Clear();
        try
        {
            test(new Scoreboard(memory, slots));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
