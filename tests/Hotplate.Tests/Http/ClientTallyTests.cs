using System.Net;
using Hotplate.Http;

namespace Hotplate.Tests.Http;

/// <summary>How many requests of a client are in hand.</summary>
public sealed class ClientTallyTests
{
    [Fact]
    public void A_client_has_as_many_as_it_may_and_no_more_until_one_is_done()
    {
        var tally = new ClientTally(2);
        var client = IPAddress.Parse("192.0.2.1");
        Assert.True(tally.TryEnter(client, out var place));
        Assert.True(tally.TryEnter(client, out _));
        Assert.False(tally.TryEnter(client, out _));
        Assert.False(tally.TryEnter(client, out _));
        tally.Leave(place);
        Assert.True(tally.TryEnter(client, out _));
        Assert.False(tally.TryEnter(client, out _));
    }

    [Fact]
    public void Others_have_their_own_count()
    {
        var tally = new ClientTally(1);
        var admitted = Enumerable.Range(0, 200).Count(i => tally.TryEnter(new IPAddress([10, 0, 0, (byte)i]), out _));
        Assert.InRange(admitted, 190, 200);
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff:0:0:1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    public void A_client_is_an_address_or_a_network_of_its_own(string one, string other, bool same)
    {
        var tally = new ClientTally(1);
        Assert.True(tally.TryEnter(IPAddress.Parse(one), out _));
        Assert.Equal(!same, tally.TryEnter(IPAddress.Parse(other), out _));
    }

    [Fact]
    public void Who_is_not_known_is_not_counted()
    {
        var tally = new ClientTally(1);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(tally.TryEnter(null, out var place));
            tally.Leave(place);
        }
    }
}
