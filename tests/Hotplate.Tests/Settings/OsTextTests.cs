using System.Text;
using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public class OsTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("café 🍽", "café 🍽")]
    public void What_is_UTF_8_is_plain(string bytes, string text)
    {
        Assert.Equal(text, OsText.Decode(Encoding.UTF8.GetBytes(bytes)));
        Assert.True(OsText.IsPlain(text));
        Assert.Equal(text, OsText.Reachable(text));
    }

    [Fact]
    public void Other_bytes_are_as_Python_has_them()
    {
        // os.fsdecode(b"a\xff\xe2\x82\xed\xa0\x80\xc3\xa9")
        byte[] bytes = [(byte)'a', 0xFF, 0xE2, 0x82, 0xED, 0xA0, 0x80, 0xC3, 0xA9];
        var text = OsText.Decode(bytes);
        Assert.Equal("a\uDCFF\uDCE2\uDC82\uDCED\uDCA0\uDC80é", text);
        Assert.False(OsText.IsPlain(text));
        Assert.Equal(bytes, OsText.Encode(text));
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        var random = new Random(383);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, OsText.Encode(OsText.Decode(bytes)));
        }
    }
}
