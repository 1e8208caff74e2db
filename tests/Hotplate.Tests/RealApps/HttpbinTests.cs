using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.RealApps;

/// <summary>httpbin, a Flask application that nobody here wrote: every group of its endpoints.</summary>
[Trait("needs", "python3-httpbin")]
public sealed class HttpbinTests(HttpbinTests.Httpbin app) : IClassFixture<HttpbinTests.Httpbin>
{
    public sealed class Httpbin() : Served(new ServerCommand("httpbin")
    {
        Target = "httpbin:app",
        Directory = "/tmp",
        Flags = ["-w", "2", "--python", "/usr/bin/python3"],
    });

    [Theory]
    [InlineData("GET", "/get")]
    [InlineData("POST", "/post")]
    [InlineData("PUT", "/put")]
    [InlineData("PATCH", "/patch")]
    [InlineData("DELETE", "/delete")]
    public async Task Methods_reach_it_with_arguments_headers_and_body(string method, string path)
    {
        using var client = Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), path + "?a=1&b=%C3%A9&a=2");
        request.Headers.Add("X-Trial", "one");
        if (method is not "GET")
        {
            request.Content = new StringContent("""{"x": [1, 2]}""", Encoding.UTF8, "application/json");
        }
        using var answer = await client.SendAsync(request, Cancel);
        var json = await JsonOf(answer);
        Assert.Equal("é", json.GetProperty("args").GetProperty("b").GetString());
        Assert.Equal(2, json.GetProperty("args").GetProperty("a").GetArrayLength());
        Assert.Equal("one", json.GetProperty("headers").GetProperty("X-Trial").GetString());
        if (method is not "GET")
        {
            Assert.Equal(2, json.GetProperty("json").GetProperty("x")[1].GetInt32());
        }
    }

    [Fact]
    public async Task Forms_and_files_arrive_whole()
    {
        using var client = Client();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Grüße"), "greeting" },
            { new ByteArrayContent(Encoding.ASCII.GetBytes(new string('x', 300_000))), "upload", "x.txt" },
        };
        using var answer = await client.PostAsync(new Uri("/post", UriKind.Relative), form, Cancel);
        var json = await JsonOf(answer);
        Assert.Equal("Grüße", json.GetProperty("form").GetProperty("greeting").GetString());
        Assert.Equal(300_000, json.GetProperty("files").GetProperty("upload").GetString()!.Length);
    }

    [Fact]
    public async Task A_chunked_upload_arrives_whole()
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/post") { Content = new StreamContent(new MemoryStream(new byte[100_000])) };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await client.SendAsync(request, Cancel);
        var data = (await JsonOf(answer)).GetProperty("data").GetString()!;
        Assert.Equal(100_000, data.StartsWith("data:", StringComparison.Ordinal) ? Convert.FromBase64String(data[(data.IndexOf(',') + 1)..]).Length : data.Length);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(304)]
    [InlineData(404)]
    [InlineData(418)]
    [InlineData(500)]
    public async Task Status_codes_are_its_own(int status)
    {
        using var client = Client();
        using var answer = await client.GetAsync(new Uri($"/status/{status}", UriKind.Relative), Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/redirect/3")]
    [InlineData("/relative-redirect/2")]
    [InlineData("/absolute-redirect/2")]
    [InlineData("/redirect-to?url=/get")]
    public async Task Redirects_lead_home(string path)
    {
        using var client = Client();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("/get", answer.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task Cookies_are_set_kept_and_deleted()
    {
        using var client = Client();
        using var set = await client.GetAsync(new Uri("/cookies/set?plate=hot&flask=full", UriKind.Relative), Cancel);
        Assert.Equal("hot", (await JsonOf(set)).GetProperty("cookies").GetProperty("plate").GetString());
        using var deleted = await client.GetAsync(new Uri("/cookies/delete?plate", UriKind.Relative), Cancel);
        var cookies = (await JsonOf(deleted)).GetProperty("cookies");
        Assert.False(cookies.TryGetProperty("plate", out _));
        Assert.Equal("full", cookies.GetProperty("flask").GetString());
    }

    [Fact]
    public async Task Basic_and_bearer_authentication_work()
    {
        using var client = Client();
        using var refused = await client.GetAsync(new Uri("/basic-auth/user/word", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("user:word"u8));
        using var let = await client.GetAsync(new Uri("/basic-auth/user/word", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, let.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "token");
        using var bearer = await client.GetAsync(new Uri("/bearer", UriKind.Relative), Cancel);
        Assert.Equal("token", (await JsonOf(bearer)).GetProperty("token").GetString());
    }

    [Theory]
    [InlineData("/gzip", "gzip")]
    [InlineData("/deflate", "deflate")]
    public async Task Compressed_answers_pass_untouched(string path, string coding)
    {
        using var client = Client();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        Assert.Contains(coding, answer.Content.Headers.ContentEncoding);
        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);
        await using var plain = coding == "gzip" ? (Stream)new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var json = await JsonDocument.ParseAsync(plain, cancellationToken: Cancel);
        Assert.True(json.RootElement.GetProperty(coding == "gzip" ? "gzipped" : "deflated").GetBoolean());
    }

    [Fact]
    public async Task Streamed_lines_all_come()
    {
        using var client = Client();
        var text = await client.GetStringAsync(new Uri("/stream/20", UriKind.Relative), Cancel);
        Assert.Equal(20, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("/bytes/70000?seed=1", 70_000)]
    [InlineData("/stream-bytes/70000?seed=1&chunk_size=1000", 70_000)]
    [InlineData("/range/5000", 5_000)]
    [InlineData("/drip?numbytes=5&duration=0.2&delay=0", 5)]
    public async Task Binary_answers_have_their_length(string path, int length)
    {
        using var client = Client();
        Assert.Equal(length, (await client.GetByteArrayAsync(new Uri(path, UriKind.Relative), Cancel)).Length);
    }

    [Fact]
    public async Task A_range_is_a_part()
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/range/1000");
        request.Headers.Range = new RangeHeaderValue(10, 19);
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal("klmnopqrst", await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("/image/png", "image/png")]
    [InlineData("/image/jpeg", "image/jpeg")]
    [InlineData("/image/svg", "image/svg+xml")]
    [InlineData("/html", "text/html")]
    [InlineData("/xml", "application/xml")]
    [InlineData("/robots.txt", "text/plain")]
    [InlineData("/encoding/utf8", "text/html")]
    public async Task Files_have_their_type(string path, string type)
    {
        using var client = Client();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task Caches_may_ask_whether_it_changed()
    {
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/etag/abc");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"abc\""));
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        using var cached = await client.GetAsync(new Uri("/cache/60", UriKind.Relative), Cancel);
        Assert.Equal(TimeSpan.FromSeconds(60), cached.Headers.CacheControl!.MaxAge);
    }

    [Theory]
    [InlineData("/anything/a%20b/c?x=1", "a b/c")]
    [InlineData("/base64/aG90cGxhdGU=", "hotplate")]
    [InlineData("/uuid", "uuid")]
    [InlineData("/user-agent", "user-agent")]
    [InlineData("/headers", "headers")]
    [InlineData("/ip", "127.0.0.1")]
    [InlineData("/delay/0", "origin")]
    [InlineData("/links/3/0", "href")]
    [InlineData("/response-headers?X-Plate=hot", "X-Plate")]
    [InlineData("/forms/post", "form")]
    public async Task The_other_groups_answer(string path, string part)
    {
        using var client = Client();
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(part, Uri.UnescapeDataString(await answer.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<JsonElement> JsonOf(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        return json.RootElement.Clone();
    }

    private HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = true }) { BaseAddress = new Uri(app.Server.Addresses[0]) };
}
