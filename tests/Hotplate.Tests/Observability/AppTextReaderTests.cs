using System.Text;
using Hotplate.Observability;
using Microsoft.Extensions.Logging;

namespace Hotplate.Tests.Observability;

public class AppTextReaderTests
{
    private const string Record = "\u001eHP 40 1700000000.250000 id-1 shop.orders\nit failed\n  why\n\u001e.\n";

    [Fact]
    public void A_record_has_what_is_known_of_it()
    {
        var said = Assert.Single(Read(Record));
        Assert.Equal("it failed\n  why", said.Text);
        Assert.Equal((LogLevel.Error, "shop.orders", "id-1"), (said.Level!.Value, said.Logger, said.RequestId));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1700000000250), said.At);
    }

    [Fact]
    public void It_is_the_same_however_the_bytes_are_cut()
    {
        var text = "one\ntwo" + Record + "Traceback (most recent call last):\n  File\nKeyError: 1\n\u001eHP no head\nfour";
        var whole = Read(text);
        for (var size = 1; size < text.Length; size++)
        {
            Assert.Equal(whole.Select(said => (said.Text, said.Logger)), Read(text, size).Select(said => (said.Text, said.Logger)));
        }
        Assert.Equal(["one", "two", "it failed\n  why", "Traceback (most recent call last):\n  File\nKeyError: 1", "\u001eHP no head", "four"], whole.Select(said => said.Text));
    }

    [Theory]
    [InlineData("\u001eHP ")]
    [InlineData("\u001eHP 40")]
    [InlineData("\u001eHP x 1.0 - a\n")]
    [InlineData("\u001eHP 40 1e999 - a\n")]
    [InlineData("\u001eHP 40 -5 - a\n")]
    [InlineData("\u001e.\n")]
    public void What_does_not_look_like_a_record_is_text(string text) => Assert.Equal(text.TrimEnd('\n'), Assert.Single(Read(text)).Text);

    [Fact]
    public void A_record_that_never_ends_is_not_lost() => Assert.Equal("it", Assert.Single(Read("\u001eHP 20 1.0 - a\nit\n")).Text);

    [Fact]
    public void Lines_without_an_end_are_cut_before_they_fill_memory() =>
        Assert.All(Read(new string('x', 1_000_000), 16_384), said => Assert.True(said.Text.Length < 100_000));

    private static List<AppWords> Read(string text, int size = int.MaxValue)
    {
        var said = new List<AppWords>();
        var reader = new AppTextReader(said.Add);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += Math.Min(size, bytes.Length))
        {
            reader.Add(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
        }
        reader.End();
        return said;
    }
}
