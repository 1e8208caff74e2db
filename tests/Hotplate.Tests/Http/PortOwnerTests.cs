using Hotplate.Http;

namespace Hotplate.Tests.Http;

[Trait("starts", "processes")]
public class PortOwnerTests
{
    [Theory]
    [InlineData("/usr/bin/dotnet /opt/hotplate/tests/hotplate.dll serve shop:app -w 2", "shop:app")]
    [InlineData("dotnet hotplate.dll serve -w 2 --preload -k gevent --bind=:80 shop:app", "shop:app")]
    [InlineData("/opt/hotplate/bin/hotplate serve -b :80 shop/app.py --threads 4", "shop/app.py")]
    [InlineData("hotplate serve", "")]
    [InlineData("gunicorn shop:app", null)]
    [InlineData("python3 serve hotplate", null)]
    [InlineData("", null)]
    public void A_server_of_ours_is_known_by_its_command_line(string line, string? served) =>
        Assert.Equal(served, PortOwner.Served(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
