using System.Runtime.InteropServices;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Static;
using Hotplate.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Static;

public sealed partial class StaticHandlerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public StaticHandlerTests()
    {
        folder.Write("site/index.html", "<p>home</p>");
        folder.Write("site/a.css", "body{}");
        folder.Write("site/docs/index.html", "docs");
        folder.Write("site/empty/.keep", "secret");
        folder.Write("site/.env", "secret");
        folder.Write("site/.git/config", "secret");
        folder.Write("site/.well-known/security.txt", "mail us");
        folder.Write("site/sub/.well-known/x", "secret");
        folder.Write("site/café ä.txt", "latte");
        folder.Write("secret.txt", "secret");
        folder.Write("site/digits", "0123456789");
        folder.Write("site/none", "");
        File.CreateSymbolicLink(folder.File("site/out"), "../secret.txt");
        File.CreateSymbolicLink(folder.File("site/absolute"), folder.File("secret.txt"));
        File.CreateSymbolicLink(folder.File("site/up"), "..");
        File.CreateSymbolicLink(folder.File("site/inside"), "docs/index.html");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("/", "<p>home</p>", "text/html; charset=utf-8")]
    [InlineData("/a.css", "body{}", "text/css; charset=utf-8")]
    [InlineData("/docs/", "docs", "text/html; charset=utf-8")]
    [InlineData("/docs/../a.css", "body{}", "text/css; charset=utf-8")]
    [InlineData("/caf%C3%A9%20%C3%A4.txt", "latte", "text/plain; charset=utf-8")]
    [InlineData("/.well-known/security.txt", "mail us", "text/plain; charset=utf-8")]
    [InlineData("/inside", "docs", "application/octet-stream")]
    [InlineData("/digits?x=1", "0123456789", "application/octet-stream")]
    public async Task A_file_is_given_with_its_type(string target, string body, string type)
    {
        var answer = await AskAsync(target);
        Assert.Equal((200, body, type), (answer.Status, answer.Body, answer.Answer.ContentType.ToString()));
        Assert.Equal((body.Length, "nosniff"), (answer.BytesSent, answer.Answer.XContentTypeOptions.ToString()));
    }

    [Theory]
    [InlineData("/none.txt")]
    [InlineData("/empty/")]
    [InlineData("/.env")]
    [InlineData("/.git/config")]
    [InlineData("/empty/.keep")]
    [InlineData("/sub/.well-known/x")]
    [InlineData("/.well-known/.hidden")]
    [InlineData("/out")]
    [InlineData("/absolute")]
    [InlineData("/up/secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/docs%2f..%2f..%2fsecret.txt")]
    [InlineData("/docs/..%2f..%2fsecret.txt")]
    [InlineData("//etc/passwd")]
    [InlineData("/%2fetc%2fpasswd")]
    [InlineData("/docs//index.html")]
    [InlineData("/a.css/")]
    [InlineData("/a.css/x")]
    [InlineData("/%FF%FE")]
    [InlineData("*")]
    public async Task What_is_not_for_everybody_is_not_there(string target)
    {
        var answer = await AskAsync(target);
        Assert.Equal((RequestFailure.NotFound, ""), (answer.Failure, answer.Body));
    }

    [Fact]
    public async Task A_name_longer_than_names_can_be_is_not_there()
    {
        Assert.Equal(RequestFailure.NotFound, (await AskAsync("/" + new string('a', 300))).Failure);
        Assert.Equal(RequestFailure.NotFound, (await AskAsync("/" + string.Concat(Enumerable.Repeat("a/", 4000)))).Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_kernel_without_the_call_for_it_gives_the_same_files_and_follows_no_link(bool asksKernel)
    {
        var root = new StaticFolder(folder.File("site"), asksKernel);
        foreach (var name in new[] { "docs/index.html", "a.css", "docs/", "" })
        {
            using var file = root.Open(name, out var none);
            Assert.Equal((name.EndsWith('/') || name.Length == 0, 0), (file!.IsFolder, none));
        }
        foreach (var name in new[] { "out", "absolute", "up/secret.txt", "up", "a.css/", "nothing" })
        {
            Assert.Null(root.Open(name, out var error));
            Assert.NotEqual(0, error);
        }
        using var inside = root.Open("inside", out _);
        Assert.Equal(asksKernel, inside is not null);
    }

    [Fact]
    public void What_is_neither_file_nor_folder_is_not_opened()
    {
        Assert.Equal(0, mkfifo(folder.File("site/fifo"), 0x1FF));
        Assert.Null(new StaticFolder(folder.File("site")).Open("fifo", out var error));
        Assert.Equal(0, error);
        Assert.Null(new StaticFolder("/dev").Open("null", out _));
    }

    [Fact]
    public async Task A_folder_without_its_slash_is_redirected_to_itself()
    {
        var answer = await AskAsync("/docs?a=b");
        Assert.Equal((301, "/docs/?a=b", ""), (answer.Status, answer.Answer.Location.ToString(), answer.Body));
    }

    [Fact]
    public async Task What_the_star_stands_for_is_the_file_s_name_below_the_folder()
    {
        Assert.Equal("body{}", (await AskAsync("/media/a.css", "/media/*")).Body);
        Assert.Equal("<p>home</p>", (await AskAsync("/media/", "/media/*")).Body);
        Assert.Equal("/media/", (await AskAsync("/media", "/media/*")).Answer.Location.ToString());
        Assert.Equal("body{}", (await AskAsync("/a.css", "*.css")).Body);
        Assert.Equal(RequestFailure.NotFound, (await AskAsync("/media/.env", "/media/*")).Failure);
    }

    [Fact]
    public async Task A_file_may_be_given_in_the_place_of_a_folder() =>
        Assert.Equal("body{}", (await AskAsync("/style", "/style", "site/a.css")).Body);

    [Fact]
    public async Task HEAD_gets_the_fields_of_GET()
    {
        var answer = await AskAsync("/a.css", method: "HEAD");
        Assert.Equal((200, 6L, "", 0L), (answer.Status, answer.Answer.ContentLength, answer.Body, answer.BytesSent));
    }

    [Fact]
    public async Task Other_methods_are_refused()
    {
        var answer = await AskAsync("/a.css", method: "POST");
        Assert.Equal((405, "GET, HEAD"), (answer.Status, answer.Answer.Allow.ToString()));
    }

    [Fact]
    public async Task Who_has_it_already_is_not_given_it_again()
    {
        var first = (await AskAsync("/a.css")).Answer;
        foreach (var (name, value) in new[]
        {
            ("If-None-Match", first.ETag.ToString()), ("If-None-Match", $"\"x\", W/{first.ETag}"), ("If-None-Match", "*"),
            ("If-Modified-Since", first.LastModified.ToString()),
        })
        {
            var again = await AskAsync("/a.css", headers: (name, value));
            Assert.Equal((304, "", null), (again.Status, again.Body, again.Answer.ContentLength));
        }
        Assert.Equal(200, (await AskAsync("/a.css", headers: ("If-None-Match", "\"x\""))).Status);
        Assert.Equal(200, (await AskAsync("/a.css", headers: ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"))).Status);
        Assert.Equal(412, (await AskAsync("/a.css", headers: ("If-Match", "\"x\""))).Status);
        Assert.Equal(200, (await AskAsync("/a.css", headers: ("If-Match", first.ETag.ToString()))).Status);
    }

    [Theory]
    [InlineData("bytes=2-4", 206, "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-30", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-99", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=9-9", 206, "9", "bytes 9-9/10")]
    [InlineData("bytes=10-", 416, "", "bytes */10")]
    [InlineData("bytes=-0", 416, "", "bytes */10")]
    [InlineData("bytes=1-2,4-5", 200, "0123456789", "")]
    [InlineData("lines=1-2", 200, "0123456789", "")]
    [InlineData("bytes=5-2", 200, "0123456789", "")]
    [InlineData("bytes=99999999999999999999-", 200, "0123456789", "")]
    public async Task A_part_is_given_where_one_is_asked_for(string range, int status, string body, string contentRange)
    {
        var answer = await AskAsync("/digits", headers: ("Range", range));
        Assert.Equal((status, body, contentRange), (answer.Status, answer.Body, answer.Answer.ContentRange.ToString()));
        Assert.Equal(body.Length, answer.Answer.ContentLength);
    }

    [Fact]
    public async Task A_part_of_a_file_that_has_changed_is_the_whole_file()
    {
        var tag = (await AskAsync("/digits")).Answer.ETag.ToString();
        Assert.Equal(206, (await AskAsync("/digits", headers: [("Range", "bytes=1-2"), ("If-Range", tag)])).Status);
        File.AppendAllText(folder.File("site/digits"), "x");
        Assert.Equal("0123456789x", (await AskAsync("/digits", headers: [("Range", "bytes=1-2"), ("If-Range", tag)])).Body);
    }

    [Fact]
    public async Task An_empty_file_is_given_and_has_no_parts()
    {
        Assert.Equal((200, 0L), ((await AskAsync("/none")).Status, (await AskAsync("/none")).Answer.ContentLength));
        Assert.Equal(416, (await AskAsync("/none", headers: ("Range", "bytes=0-"))).Status);
    }

    [Fact]
    public async Task A_large_file_is_given_piece_by_piece()
    {
        var bytes = new byte[(3 * 64 * 1024) + 17];
        new Random(1).NextBytes(bytes);
        bytes = [.. bytes.Select(static one => (byte)('a' + (one % 26)))];
        File.WriteAllBytes(folder.File("site/large"), bytes);
        Assert.Equal(System.Text.Encoding.ASCII.GetString(bytes), (await AskAsync("/large")).Body);
    }

    [Fact]
    public async Task Where_there_is_no_file_the_fallback_answers()
    {
        var file = new RouteAction.Files(folder.File("site"), ["index.html"], "index.html", null);
        var answer = await AskedVisit.Of("GET", "/app/route").ByAsync(new StaticHandler(file, null, NullLogger.Instance));
        Assert.Equal((200, "<p>home</p>", "text/html; charset=utf-8"), (answer.Status, answer.Body, answer.Answer.ContentType.ToString()));

        var other = new FixedHandler(new RouteAction.Fixed(299, null, ""));
        var app = new StaticHandler(file with { FallbackFile = null }, other, NullLogger.Instance);
        Assert.Equal(299, (await AskedVisit.Of("GET", "/app/route").ByAsync(app)).Status);
        Assert.Equal(299, (await AskedVisit.Of("POST", "/a.css").ByAsync(app)).Status);
        Assert.Equal(200, (await AskedVisit.Of("GET", "/a.css").ByAsync(app)).Status);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);

    private Task<AskedVisit> AskAsync(
        string target, string path = "/*", string site = "site", string method = "GET", params (string Name, string Value)[] headers)
    {
        var table = RouteFile.Table($"[[routes]]\npath = \"{path}\"\nstatic = \"{folder.File(site)}\"\n");
        var handler = new StaticHandler((RouteAction.Files)table.Routes[0].Settings.Action, null, NullLogger.Instance);
        return AskedVisit.Of(method, target, headers).ByAsync(handler, table);
    }
}
