using System.Text;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Tests.Supervision;

public sealed class OutputPumpTests
{
    [Fact]
    public async Task What_a_process_says_before_its_number_is_known_has_that_number()
    {
        using var pump = new OutputPump();
        var said = new TaskCompletionSource<AppWords>();
        var asked = 0;
        var pipe = pump.Open(() => Interlocked.Increment(ref asked) > 5 ? 4190 : 0, said.SetResult);
        Write(pipe, "hello\n");
        _ = Libc.close(pipe);
        Assert.Equal(new AppWords(4190, "hello"), await said.Task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_traceback_that_comes_in_pieces_is_one()
    {
        using var pump = new OutputPump();
        var said = new TaskCompletionSource<AppWords>();
        var pipe = pump.Open(() => 1, said.SetResult);
        foreach (var piece in (string[])["Traceback (most recent call last):\n", "  File \"a.py\"", ", line 1\n", "KeyError: 1\n"])
        {
            Write(pipe, piece);
        }
        Assert.Equal("Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 1", (await said.Task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken)).Text);
        _ = Libc.close(pipe);
    }

    private static unsafe void Write(int pipe, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            Assert.Equal(bytes.Length, Libc.write(pipe, start, bytes.Length));
        }
    }
}
