using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public class BindAddressTextTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData(":8080", "0.0.0.0:8080")]
    [InlineData("*:8080", "0.0.0.0:8080")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("192.168.0.7", "192.168.0.7:8000")]
    [InlineData("[::1]:9000", "[::1]:9000")]
    [InlineData("[::]", "[::]:8000")]
    [InlineData("h2c:127.0.0.1:8080", "127.0.0.1:8080")]
    public void An_address_and_port_is_understood(string text, string endPoint)
    {
        var bind = BindAddressText.Parse(text);
        Assert.Equal((endPoint, text.StartsWith("h2c:", StringComparison.Ordinal), text), (bind.EndPoint!.ToString(), bind.Http2, bind.Text));
    }

    [Fact]
    public void A_socket_file_is_understood_with_its_mode()
    {
        var bind = BindAddressText.Parse("unix:/tmp/hotplate-x.sock?mode=660");
        Assert.Equal("/tmp/hotplate-x.sock", bind.UnixPath);
        Assert.Equal(Convert.ToInt32("660", 8), (int)bind.UnixMode!);
        Assert.Null(BindAddressText.Parse("unix:///tmp/hotplate-x.sock").UnixMode);
    }

    [Theory]
    [InlineData("8000", ":8000 is every address")]
    [InlineData("", ":8000 is every address")]
    [InlineData("127.0.0.1:99999", "a number from 0 to 65535")]
    [InlineData("127.0.0.1:+80", "a number from 0 to 65535")]
    [InlineData("::1:80", "in brackets")]
    [InlineData("[::1", "in brackets")]
    [InlineData("127.1:80", "Did you mean 127.0.0.1?")]
    [InlineData("unix:", "a path is needed")]
    [InlineData("unix:/tmp/x?mode=999", "three octal digits")]
    [InlineData("unix:/tmp/x?owner=me", "three octal digits")]
    [InlineData("unix:/nowhere/at/all/x.sock", "there is no folder")]
    public void What_cannot_be_meant_is_refused_with_advice(string text, string advice)
    {
        var problem = Assert.Throws<SettingException>(() => BindAddressText.Parse(text));
        Assert.Equal(ErrorCode.BadBind, problem.Code);
        Assert.Contains(advice, problem.Message);
    }

    [Fact]
    public void A_socket_path_longer_than_the_kernel_takes_is_refused() =>
        Assert.Contains("107 bytes", Assert.Throws<SettingException>(() => BindAddressText.Parse("unix:/tmp/" + new string('x', 108))).Message);
}
