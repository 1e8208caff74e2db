using System.Text;
using Hotplate.Http;

namespace Hotplate.Tests.Http;

public class RequestIdTests
{
    [Fact]
    public void No_two_requests_have_the_same_id()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 5000; i++)
        {
            Assert.True(ids.Add(RequestId.Next().ToString()));
        }
    }

    [Fact]
    public void Its_text_is_short_and_acceptable_itself()
    {
        var id = RequestId.Next();
        var bytes = new byte[RequestId.MaxLength];
        var length = id.Write(bytes);

        Assert.InRange(length, 13, 24);
        Assert.Equal(id.ToString(), Encoding.ASCII.GetString(bytes, 0, length));
        Assert.True(RequestId.IsAcceptable(id.ToString()));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0af7651916cd43dd8448eb211c80319c")]
    [InlineData("Root-1.2_3")]
    public void A_trusted_peers_id_is_kept(string given) => Assert.Equal(given, RequestId.FromTrusted(given).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a\"b")]
    [InlineData("a,b")]
    [InlineData("é")]
    public void What_could_forge_a_line_is_replaced(string? given) => Assert.NotEqual(given, RequestId.FromTrusted(given).ToString());

    [Fact]
    public void One_of_129_characters_is_replaced()
    {
        Assert.Equal(128, RequestId.FromTrusted(new string('a', 128)).ToString().Length);
        Assert.NotEqual(129, RequestId.FromTrusted(new string('a', 129)).ToString().Length);
    }
}
