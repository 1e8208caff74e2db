using System.IO.Pipelines;
using System.Text;
using Hotplate.Http;

namespace Hotplate.Tests.Http;

/// <summary>A reason phrase that is not ASCII is put into the head that it belongs to, and into nothing else.</summary>
public sealed class WatchedOutputTests
{
    private readonly Pipe pipe = new();
    private readonly WatchedOutput output;

    public WatchedOutputTests() => output = new WatchedOutput(pipe.Writer, null!, null!);

    [Theory]
    [InlineData("caf\u00e9")]
    [InlineData("\u00e9")]
    [InlineData("d\u00e9j\u00e0 vu, and more words than the mark that stands for them has characters")]
    public async Task It_stands_in_its_head(string reason)
    {
        var mark = output.MarkReason(reason);
        Write($"HTTP/1.1 200 {mark}\r\nServer: x\r\n\r\n");
        Write("the body");
        Assert.Equal($"HTTP/1.1 200 {reason}\r\nServer: x\r\n\r\nthe body", await WrittenAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(33)]
    public async Task However_its_head_comes_in_pieces(int most)
    {
        // As when a block of memory ends in its middle, or a flush was under way and Kestrel kept it.
        var mark = output.MarkReason("caf\u00e9");
        var text = $"the end of the answer before {mark[..9]}HTTP/1.1 200 {mark}\r\n\r\nbody {mark}";
        for (var at = 0; at < text.Length; at += most)
        {
            Write(text.Substring(at, Math.Min(most, text.Length - at)));
        }
        Assert.Equal($"the end of the answer before {mark[..9]}HTTP/1.1 200 caf\u00e9\r\n\r\nbody {mark}", await WrittenAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(1000)]
    public async Task What_is_written_behind_its_head_into_the_same_room_stays_whole(int most)
    {
        var mark = output.MarkReason("caf\u00e9");
        var text = Encoding.Latin1.GetBytes($"HTTP/1.1 200 {mark}\r\nServer: x\r\n\r\nthe body, and more of it");
        var room = output.GetSpan(text.Length);
        for (var at = 0; at < text.Length; at += most)
        {
            var piece = text.AsSpan(at, Math.Min(most, text.Length - at));
            piece.CopyTo(room[at..]);
            output.Advance(piece.Length);
        }
        Write(", and the end");
        Assert.Equal("HTTP/1.1 200 caf\u00e9\r\nServer: x\r\n\r\nthe body, and more of it, and the end", await WrittenAsync());
    }

    [Fact]
    public async Task Nothing_is_kept_over_a_flush()
    {
        var mark = output.MarkReason("caf\u00e9");
        Write("HTTP/1.1 500 Internal Server Error\r\n\r\n" + mark[..5]);
        Assert.EndsWith("\r\n\r\n" + mark[..5], await WrittenAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_not_written_gives_way_to_the_next()
    {
        var first = output.MarkReason("caf\u00e9");
        Write("HTTP/1.1 500 Internal Server Error\r\n\r\n" + first[..5]);
        var second = output.MarkReason("th\u00e9");
        Write($"HTTP/1.1 200 {second}\r\n\r\n");
        Assert.EndsWith($"\r\n\r\n{first[..5]}HTTP/1.1 200 th\u00e9\r\n\r\n", await WrittenAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_the_first_byte()
    {
        var mark = output.MarkReason("caf\u00e9");
        _ = output.GetSpan(1);
        output.Advance(0);
        await output.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 {mark}\r\n\r\n"), TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 200 caf\u00e9\r\n\r\n", await WrittenAsync());
    }

    [Fact]
    public async Task What_was_kept_comes_before_the_end()
    {
        var mark = output.MarkReason("caf\u00e9");
        Write("body " + mark[..5]);
        await output.CompleteAsync();
        Assert.Equal("body " + mark[..5], await ReadAsync());
    }

    private void Write(string text)
    {
        Encoding.Latin1.GetBytes(text, output.GetSpan(text.Length));
        output.Advance(text.Length);
    }

    private async Task<string> WrittenAsync()
    {
        await output.FlushAsync(TestContext.Current.CancellationToken);
        return await ReadAsync();
    }

    private async Task<string> ReadAsync()
    {
        var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(read.Buffer);
    }
}
