using System.Buffers;
using System.Text;
using System.Text.Json;
using Hotplate.Http;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Tests.Http;

public class ErrorPagesTests
{
    private readonly HttpRequestFeature request = new() { Method = "GET", Protocol = "HTTP/1.1" };
    private readonly HttpResponseFeature response = new();

    public static TheoryData<int> Failures() => [.. Enum.GetValues<RequestFailure>().Select(failure => (int)failure)];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_failure_has_a_page_of_its_announced_length(int failure)
    {
        var page = Write((RequestFailure)failure);
        Assert.Equal(response.Headers.ContentLength, Encoding.UTF8.GetByteCount(page));
        Assert.Contains("<code>abc-1</code>", page, StringComparison.Ordinal);
        Assert.Contains($"<b>{response.StatusCode}</b>", page, StringComparison.Ordinal);
        Assert.True(page.Length < 2500);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false)]
    [InlineData("application/json", true)]
    [InlineData("application/problem+json", true)]
    [InlineData("application/json, text/plain, */*", true)]
    [InlineData("text/html, application/json;q=0.5", false)]
    [InlineData("text/html;q=0.5, application/json", true)]
    [InlineData("application/json;q=x", true)]
    [InlineData(";;,,=json,q=json;q=", false)]
    public void JSON_is_for_those_who_prefer_it(string? accept, bool json) => Assert.Equal(json, ErrorPages.WantsJson(accept));

    [Fact]
    public void The_JSON_page_holds_the_same()
    {
        request.Headers.Accept = "application/json";
        using var page = JsonDocument.Parse(Write(RequestFailure.WorkerDied));
        Assert.Equal(502, page.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("abc-1", page.RootElement.GetProperty("request_id").GetString());
        Assert.Equal("application/json", response.Headers.ContentType);
    }

    [Fact]
    public void What_the_application_had_set_is_gone()
    {
        response.Headers.SetCookie = "session=1";
        response.Headers.ContentEncoding = "gzip";
        Write(RequestFailure.AppFailed);
        Assert.Equal(0, response.Headers.SetCookie.Count);
        Assert.Equal(0, response.Headers.ContentEncoding.Count);
    }

    [Fact]
    public void HEAD_gets_the_headers_alone()
    {
        request.Method = "HEAD";
        Assert.Empty(Write(RequestFailure.NotFound));
        Assert.True(response.Headers.ContentLength > 0);
    }

    [Theory]
    [InlineData(RequestFailure.QueueFull, 503, "1", false)]
    [InlineData(RequestFailure.Stopping, 503, "2", true)]
    [InlineData(RequestFailure.BadRequest, 400, "", true)]
    [InlineData(RequestFailure.BodyTooLarge, 413, "", true)]
    [InlineData(RequestFailure.UriTooLong, 414, "", true)]
    [InlineData(RequestFailure.HeadersTooLarge, 431, "", true)]
    [InlineData(RequestFailure.AppFailed, 500, "", false)]
    [InlineData(RequestFailure.TimedOut, 504, "", false)]
    internal void The_table_tells_when_to_come_back_and_when_to_close(RequestFailure failure, int status, string retryAfter, bool close)
    {
        Write(failure);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(retryAfter, response.Headers.RetryAfter.ToString());
        Assert.Equal(close ? "close" : "", response.Headers.Connection.ToString());
    }

    [Fact]
    public void HTTP_2_has_no_Connection_field()
    {
        request.Protocol = "HTTP/2";
        Write(RequestFailure.BadRequest);
        Assert.Equal(0, response.Headers.Connection.Count);
    }

    [Fact]
    public void A_page_of_the_users_own_is_sent_filled_in_and_JSON_stays_ours()
    {
        using var folder = new TemporaryFolder();
        folder.Write("404.html", "<h1>{{status}} {{title}}</h1> {{detail}} {{request_id}} and {{request_id}}");
        folder.Write("5xx.html", "sorry");
        folder.Write("notes.html", "no page");
        var pages = new ErrorPageSet(ErrorPageFiles.Read(folder.Path));
        Assert.StartsWith("<h1>404 Not Found</h1> ", Own(RequestFailure.NotFound));
        Assert.EndsWith(" abc-1 and abc-1", Own(RequestFailure.NotFound));
        Assert.Equal(("sorry", 5), (Own(RequestFailure.QueueTimeout), response.Headers.ContentLength));
        Assert.Contains("<title>413", Own(RequestFailure.BodyTooLarge));
        request.Headers.Accept = "application/json";
        Assert.StartsWith("{\"status\":404", Own(RequestFailure.NotFound));

        string Own(RequestFailure failure)
        {
            var body = new ArrayBufferWriter<byte>();
            var length = ErrorPages.Write(request, response, body, failure, "abc-1", pages);
            Assert.Equal(body.WrittenCount, length);
            return Encoding.UTF8.GetString(body.WrittenSpan);
        }
    }

    [Fact]
    public void A_folder_without_pages_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no folder", Assert.Throws<SettingException>(() => ErrorPageFiles.Read(folder.File("gone"))).Message);
        folder.Write("index.html");
        Assert.Contains("is no page", Assert.Throws<SettingException>(() => ErrorPageFiles.Read(folder.Path)).Message);
        folder.Write("404.html", new string('x', 300_000));
        Assert.Contains("404.html is larger than 256K", Assert.Throws<SettingException>(() => ErrorPageFiles.Read(folder.Path)).Message);
    }

    private string Write(RequestFailure failure)
    {
        var body = new ArrayBufferWriter<byte>();
        ErrorPages.Write(request, response, body, failure, "abc-1");
        return Encoding.UTF8.GetString(body.WrittenSpan);
    }
}
