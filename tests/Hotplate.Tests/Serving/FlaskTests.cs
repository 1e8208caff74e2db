using System.Security.Cryptography;
using System.Text;

namespace Hotplate.Tests.Serving;

/// <summary>What Flask and Werkzeug give an application works behind the server.</summary>
public sealed class FlaskTests(FlaskTests.Features app) : IClassFixture<FlaskTests.Features>
{
    public sealed class Features() : Served(new ServerCommand("flask_features") { Needs = ["flask"], Flags = ["--mount", "/shop"] });

    [Fact]
    public async Task Url_for_knows_mount_scheme_and_host()
    {
        var answer = (await app.Server.GetAsync("/shop/", "Host: shop.example:8443", "X-Forwarded-Proto: https")).Json;
        Assert.Equal("/shop/", answer.GetProperty("root").GetString());
        Assert.Equal("https://shop.example:8443/shop/me", answer.GetProperty("external").GetString());
    }

    [Fact]
    public async Task A_stream_with_context_is_whole() =>
        Assert.Equal("piece 1\npiece 2\npiece 3\n", (await app.Server.GetAsync("/shop/stream?n=3&gap=0.01")).Text);

    [Fact]
    public async Task Files_have_ETags_ranges_and_conditions()
    {
        var whole = await app.Server.GetAsync("/shop/file");
        Assert.Equal((200, 100_000), (whole.Status, whole.Body.Length));
        var part = await app.Server.GetAsync("/shop/file", "Range: bytes=1000-1999");
        Assert.Equal((206, "bytes 1000-1999/100000"), (part.Status, part["Content-Range"]));
        Assert.Equal(whole.Body[1000..2000], part.Body);
        var same = await app.Server.GetAsync("/shop/file", $"If-None-Match: {whole["ETag"]}");
        Assert.Equal((304, 0), (same.Status, same.Body.Length));
    }

    [Fact]
    public async Task A_download_has_its_name_beyond_ASCII()
    {
        var answer = await app.Server.GetAsync("/shop/download");
        Assert.Contains("filename*=UTF-8''r%C3%A9sum%C3%A9.txt", answer["Content-Disposition"], StringComparison.Ordinal);
        Assert.Equal("content", answer.Text);
    }

    [Fact]
    public async Task An_upload_of_several_parts_is_taken_apart()
    {
        var file = RandomNumberGenerator.GetBytes(700_000);
        byte[] body =
        [
            .. "--b\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/x-plate\r\n\r\n"u8,
            .. file,
            .. "\r\n--b--\r\n"u8,
        ];
        var answer = (await app.Server.SendAsync("POST", "/shop/upload", body, "Content-Type: multipart/form-data; boundary=b")).Json;
        Assert.Equal("value", answer.GetProperty("fields").GetProperty("field").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), answer.GetProperty("files")[0].GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task JSON_goes_in_and_out()
    {
        var answer = await app.Server.SendAsync("POST", "/shop/json", Encoding.UTF8.GetBytes("{\"heat\": [1, null, \"é\"]}"), "Content-Type: application/json");
        Assert.Equal("é", answer.Json.GetProperty("heat")[2].GetString());
    }

    [Fact]
    public async Task A_session_is_kept_in_its_cookie()
    {
        var login = await app.Server.GetAsync("/shop/login?name=Ada");
        Assert.Equal(302, login.Status);
        Assert.Equal("Ada", (await app.Server.GetAsync("/shop/me", $"Cookie: {login["Set-Cookie"]!.Split(';')[0]}")).Text);
        Assert.Equal("nobody", (await app.Server.GetAsync("/shop/me")).Text);
    }

    [Fact]
    public async Task Cookies_come_and_go_one_by_one()
    {
        var answer = await app.Server.GetAsync("/shop/cookies", "Cookie: x=1; y=2");
        Assert.Equal(3, answer.All("Set-Cookie").Count);
        Assert.Equal("2", answer.Json.GetProperty("y").GetString());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(418)]
    [InlineData(503)]
    public async Task Aborts_are_the_applications_own_pages(int code)
    {
        var answer = await app.Server.GetAsync($"/shop/abort/{code}");
        Assert.Equal(code, answer.Status);
        Assert.Contains("<!doctype html>", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Teardown_comes_before_close_and_both_come()
    {
        var log = app.Folder.File("teardown");
        Assert.Equal("noted", (await app.Server.GetAsync($"/shop/teardown?log={log}")).Text);
        await Patience.UntilAsync(async () => File.Exists(log) && (await File.ReadAllLinesAsync(log)).Length == 2, "two lines");
        Assert.Equal(["closed", "teardown"], (await File.ReadAllLinesAsync(log, CancellationToken.None)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_error_is_Flasks_page_and_its_traceback_is_in_the_log()
    {
        Assert.Equal(500, (await app.Server.GetAsync("/shop/error")).Status);
        await app.Server.Errors.WaitForAsync("RuntimeError: on purpose");
    }

    [Theory]
    [InlineData("/shop/path/a/b", "a/b")]
    [InlineData("/shop/path/%C3%A9%20x", "é x")]
    public async Task Paths_are_decoded(string target, string path) =>
        Assert.Equal(path, Encoding.UTF8.GetString((await app.Server.GetAsync(target)).Body));

    [Fact]
    public async Task A_chunked_body_is_read_whole()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("POST", "/shop/chunked", ["Transfer-Encoding: chunked"]);
        await client.SendAsync($"2710\r\n{new string('x', 10_000)}\r\n0\r\n\r\n");
        Assert.Equal(10_000, (await client.ReadAsync()).Json.GetProperty("length").GetInt32());
    }
}
