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

    [Fact]
    public async Task It_stands_in_its_head()
    {
        output.WriteReason("caf\u00e9");
        Write("HTTP/1.1 200 caf?\r\nServer: x\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 caf\u00e9\r\nServer: x\r\n\r\n", await WrittenAsync());
    }

    [Fact]
    public async Task A_look_alike_behind_it_stays_as_it_is()
    {
        output.WriteReason("caf\u00e9");
        Write("HTTP/1.1 200 caf?\r\n\r\n");
        Write("HTTP/1.1 200 caf?\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 caf\u00e9\r\n\r\nHTTP/1.1 200 caf?\r\n\r\n", await WrittenAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\n\r\n")]
    [InlineData("the rest of the answer before, HTTP/1.1 200 caf?\r\n\r\n")]
    [InlineData("short")]
    public async Task When_something_else_is_written_it_is_forgotten(string first)
    {
        output.WriteReason("caf\u00e9");
        Write(first);
        Write("HTTP/1.1 200 caf?\r\n\r\n");
        Assert.Equal(first + "HTTP/1.1 200 caf?\r\n\r\n", await WrittenAsync());
    }

    [Fact]
    public async Task It_waits_for_the_first_byte()
    {
        output.WriteReason("caf\u00e9");
        _ = output.GetSpan(1);
        output.Advance(0);
        Write("HTTP/1.1 200 caf?\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 caf\u00e9\r\n\r\n", await WrittenAsync());
    }

    private void Write(string text)
    {
        Encoding.Latin1.GetBytes(text, output.GetSpan(text.Length));
        output.Advance(text.Length);
    }

    private async Task<string> WrittenAsync()
    {
        await output.FlushAsync(TestContext.Current.CancellationToken);
        var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(read.Buffer);
    }
}
