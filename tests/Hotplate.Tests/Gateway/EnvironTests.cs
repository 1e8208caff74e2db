using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333 §environ Variables, as CGI names them, and what frameworks expect beyond it.</summary>
public sealed class EnvironTests(EnvironTests.Environ app) : IClassFixture<EnvironTests.Environ>
{
    public sealed class Environ() : Served("environ");

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    [InlineData("X-WARM")]
    public async Task REQUEST_METHOD_is_the_method_as_sent(string method) =>
        Assert.Equal(method, await ValueAsync("REQUEST_METHOD", "/", method: method));

    [Fact]
    public async Task SCRIPT_NAME_is_empty_at_the_root() => Assert.Equal("", await ValueAsync("SCRIPT_NAME", "/a"));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a/b/", "/a/b/")]
    [InlineData("//a//b", "//a//b")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/a%2Fb", "/a/b")]
    [InlineData("/a+b;c=d,e", "/a+b;c=d,e")]
    [InlineData("/%C3%A9", "/Ã©")]
    [InlineData("/%FF%80x", "/ÿ\u0080x")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/%E2%82%AC?x", "/â\u0082¬")]
    public async Task PATH_INFO_is_decoded_to_bytes_seen_as_Latin_1(string target, string path) =>
        Assert.Equal(path, await ValueAsync("PATH_INFO", target));

    [Theory]
    [InlineData("/", "")]
    [InlineData("/?", "")]
    [InlineData("/?a=1&b=%20%2f+c", "a=1&b=%20%2f+c")]
    [InlineData("/?a?b", "a?b")]
    public async Task QUERY_STRING_is_as_sent_and_there_even_when_empty(string target, string query) =>
        Assert.Equal(query, await ValueAsync("QUERY_STRING", target));

    [Theory]
    [InlineData("/a%2Fb/../c?d=%20")]
    [InlineData("/")]
    public async Task REQUEST_URI_and_RAW_URI_are_the_target_as_sent(string target)
    {
        var environ = await EnvironAsync(target);
        Assert.Equal(target, Value(environ, "REQUEST_URI"));
        Assert.Equal(target, Value(environ, "RAW_URI"));
    }

    [Fact]
    public async Task A_target_in_absolute_form_gives_its_path()
    {
        var environ = await EnvironAsync("http://plate.test/a%20b?c");
        Assert.Equal("/a b", Value(environ, "PATH_INFO"));
        Assert.Equal("c", Value(environ, "QUERY_STRING"));
    }

    [Fact]
    public async Task CONTENT_TYPE_is_the_field_and_not_repeated_as_HTTP_CONTENT_TYPE()
    {
        var environ = await EnvironAsync("/", "POST", "Content-Type: text/x-plate; heat=20", "Content-Length: 0");
        Assert.Equal("text/x-plate; heat=20", Value(environ, "CONTENT_TYPE"));
        Assert.False(environ.TryGetProperty("HTTP_CONTENT_TYPE", out _));
    }

    [Fact]
    public async Task CONTENT_LENGTH_is_the_field_and_not_repeated_as_HTTP_CONTENT_LENGTH()
    {
        var answer = await app.Server.SendAsync("POST", "/", "12345"u8.ToArray());
        var environ = answer.Json.GetProperty("environ");
        Assert.Equal("5", Value(environ, "CONTENT_LENGTH"));
        Assert.False(environ.TryGetProperty("HTTP_CONTENT_LENGTH", out _));
    }

    [Fact]
    public async Task CONTENT_TYPE_and_CONTENT_LENGTH_are_absent_or_empty_without_a_body()
    {
        var environ = await EnvironAsync("/");
        Assert.Equal("", environ.TryGetProperty("CONTENT_TYPE", out _) ? Value(environ, "CONTENT_TYPE") : "");
        Assert.Equal("", environ.TryGetProperty("CONTENT_LENGTH", out _) ? Value(environ, "CONTENT_LENGTH") : "");
    }

    [Fact]
    public async Task SERVER_NAME_and_SERVER_PORT_are_strings_and_never_empty()
    {
        var environ = await EnvironAsync("/");
        Assert.NotEqual("", Value(environ, "SERVER_NAME"));
        Assert.Equal(((IPEndPoint)app.Server.EndPoint()).Port.ToString(CultureInfo.InvariantCulture), Value(environ, "SERVER_PORT"));
        Assert.Equal("str", environ.GetProperty("SERVER_PORT").GetProperty("type").GetString());
    }

    [Fact]
    public async Task SERVER_PROTOCOL_is_the_version_of_the_request()
    {
        Assert.Equal("HTTP/1.1", await ValueAsync("SERVER_PROTOCOL", "/"));
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal("HTTP/1.0", Value(answer.Json.GetProperty("environ"), "SERVER_PROTOCOL"));
    }

    [Fact]
    public async Task REMOTE_ADDR_and_REMOTE_PORT_are_those_of_the_client()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", "/", []);
        var environ = (await client.ReadAsync()).Json.GetProperty("environ");
        var local = (IPEndPoint)client.Local;
        Assert.Equal("127.0.0.1", Value(environ, "REMOTE_ADDR"));
        Assert.Equal(local.Port.ToString(CultureInfo.InvariantCulture), Value(environ, "REMOTE_PORT"));
    }

    [Fact]
    public async Task A_header_field_becomes_HTTP_and_its_name_in_capitals() =>
        Assert.Equal("warm", await ValueAsync("HTTP_X_PLATE_HEAT", "/", fields: "X-Plate-Heat: warm"));

    [Fact]
    public async Task The_Host_field_is_HTTP_HOST() => Assert.Equal("plate.test", await ValueAsync("HTTP_HOST", "/"));

    [Fact]
    public async Task A_fields_value_is_trimmed_and_keeps_its_inner_blanks() =>
        Assert.Equal("a  b\tc", await ValueAsync("HTTP_X_A", "/", fields: "X-A: \t a  b\tc \t"));

    [Fact]
    public async Task An_empty_field_is_an_empty_string() => Assert.Equal("", await ValueAsync("HTTP_X_A", "/", fields: "X-A:"));

    [Fact]
    public async Task Bytes_of_a_field_are_seen_as_Latin_1() =>
        Assert.Equal("caf\u00e9 \u00ff", await ValueAsync("HTTP_X_A", "/", fields: "X-A: caf\u00e9 \u00ff"));

    [Fact]
    public async Task Repeated_fields_are_joined_by_a_comma() =>
        Assert.Equal("a,b,c", (await ValueAsync("HTTP_X_A", "/", "GET", "X-A: a", "X-B: x", "X-A: b", "x-a: c")).Replace(", ", ",", StringComparison.Ordinal));

    [Fact]
    public async Task Repeated_cookies_are_joined_by_a_semicolon() =>
        Assert.Equal("a=1; b=2; c=3", await ValueAsync("HTTP_COOKIE", "/", "GET", "Cookie: a=1; b=2", "Cookie: c=3"));

    [Theory]
    [InlineData("Proxy: http://evil.test", "HTTP_PROXY")]
    [InlineData("X_Forged: 1", "HTTP_X_FORGED")]
    [InlineData("Keep-Alive: timeout=5", "HTTP_KEEP_ALIVE")]
    [InlineData("TE: trailers", "HTTP_TE")]
    [InlineData("Upgrade: h2c", "HTTP_UPGRADE")]
    [InlineData("Connection: keep-alive", "HTTP_CONNECTION")]
    [InlineData("Trailer: X-A", "HTTP_TRAILER")]
    public async Task A_field_that_is_not_for_applications_does_not_reach_them(string field, string key) =>
        Assert.False((await EnvironAsync("/", fields: field)).TryGetProperty(key, out _));

    [Fact]
    public async Task A_WebSocket_handshake_reaches_them_as_it_is()
    {
        string[] fields = ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: a2V5"];
        Assert.Equal("websocket", await ValueAsync("HTTP_UPGRADE", "/", "GET", fields));
        Assert.Contains("Upgrade", await ValueAsync("HTTP_CONNECTION", "/", "GET", fields), StringComparison.Ordinal);
        Assert.Equal("13", await ValueAsync("HTTP_SEC_WEBSOCKET_VERSION", "/", "GET", fields));
        Assert.Equal("a2V5", await ValueAsync("HTTP_SEC_WEBSOCKET_KEY", "/", "GET", fields));
    }

    [Fact]
    public async Task Without_the_option_Upgrade_it_is_none() =>
        Assert.False((await EnvironAsync("/", "GET", "Connection: keep-alive", "Upgrade: websocket")).TryGetProperty("HTTP_UPGRADE", out _));

    [Fact]
    public async Task A_field_with_an_underscore_cannot_forge_another() =>
        Assert.Equal("true", await ValueAsync("HTTP_X_USER", "/", "GET", "X_User: forged", "X-User: true"));

    [Fact]
    public async Task A_field_named_by_Connection_does_not_reach_the_application()
    {
        var environ = await EnvironAsync("/", "GET", "Connection: X-Hop, close", "X-Hop: 1", "X-End: 1");
        Assert.False(environ.TryGetProperty("HTTP_X_HOP", out _));
        Assert.True(environ.TryGetProperty("HTTP_X_END", out _));
    }

    [Fact]
    public async Task The_wsgi_version_is_a_tuple_of_1_and_0()
    {
        var version = (await EnvironAsync("/")).GetProperty("wsgi.version");
        Assert.Equal("tuple", version.GetProperty("type").GetString());
        Assert.Equal([1, 0], version.GetProperty("value").EnumerateArray().Select(part => part.GetInt32()));
    }

    [Fact]
    public async Task The_url_scheme_is_http() => Assert.Equal("http", await ValueAsync("wsgi.url_scheme", "/"));

    [Fact]
    public async Task The_input_can_be_read_in_every_way_of_the_PEP() =>
        Assert.Superset(Set("read", "readline", "readlines", "__iter__"), await MethodsAsync("wsgi.input"));

    [Fact]
    public async Task The_errors_stream_can_be_written_in_every_way_of_the_PEP() =>
        Assert.Superset(Set("write", "writelines", "flush"), await MethodsAsync("wsgi.errors"));

    [Fact]
    public async Task The_file_wrapper_is_there() => Assert.Contains("__call__", await MethodsAsync("wsgi.file_wrapper"));

    [Fact]
    public async Task The_input_is_said_to_be_terminated()
    {
        var terminated = (await EnvironAsync("/")).GetProperty("wsgi.input_terminated");
        Assert.True(terminated.GetProperty("value").GetBoolean());
    }

    [Fact]
    public async Task One_worker_with_threads_is_multithread_and_not_multiprocess()
    {
        var environ = await EnvironAsync("/");
        Assert.True(environ.GetProperty("wsgi.multithread").GetProperty("value").GetBoolean());
        Assert.False(environ.GetProperty("wsgi.multiprocess").GetProperty("value").GetBoolean());
        Assert.False(environ.GetProperty("wsgi.run_once").GetProperty("value").GetBoolean());
    }

    [Fact]
    public async Task Environ_is_a_dict_with_keys_of_str_and_CGI_values_of_str()
    {
        var answer = (await app.Server.GetAsync("/?a=1", "X-A: b", "Cookie: c=d")).Json;
        Assert.True(answer.GetProperty("dict").GetBoolean());
        Assert.True(answer.GetProperty("keys_are_str").GetBoolean());
        Assert.All(
            answer.GetProperty("environ").EnumerateObject().Where(entry => !entry.Name.Contains('.', StringComparison.Ordinal)),
            entry => Assert.Equal("str", entry.Value.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Each_request_has_an_environ_of_its_own()
    {
        using var client = await app.Server.ConnectAsync();
        var first = await AskAsync("/same?spoil=1", "X-A: a");
        var second = await AskAsync("/same?spoil=1");
        Assert.False(second.TryGetProperty("HTTP_X_A", out _));
        Assert.False(second.TryGetProperty("hotplate.test.spoiled", out _));
        Assert.Equal(Value(first, "SERVER_NAME"), Value(second, "SERVER_NAME"));
        Assert.Equal(Value(first, "SERVER_PORT"), Value(second, "SERVER_PORT"));
        Assert.Equal("http", Value(second, "wsgi.url_scheme"));
        Assert.True(second.TryGetProperty("wsgi.version", out _));

        async Task<JsonElement> AskAsync(string path, params string[] fields)
        {
            await client.RequestAsync("GET", path, fields);
            return (await client.ReadAsync()).Json.GetProperty("environ");
        }
    }

    [Fact]
    public async Task Large_values_are_whole()
    {
        var path = "/" + new string('p', 1500);
        var query = new string('q', 1500);
        var field = new string('f', 7000);
        var environ = await EnvironAsync($"{path}?{query}", "GET", $"X-A: {field}", $"X-B: {field}");
        Assert.Equal(path, Value(environ, "PATH_INFO"));
        Assert.Equal(query, Value(environ, "QUERY_STRING"));
        Assert.Equal(field, Value(environ, "HTTP_X_A"));
        Assert.Equal(field, Value(environ, "HTTP_X_B"));
    }

    [Fact]
    public async Task A_hundred_fields_all_arrive()
    {
        var fields = Enumerable.Range(0, 90).Select(number => $"X-Number-{number}: {number}").ToArray();
        var environ = await EnvironAsync("/", "GET", fields);
        Assert.All(Enumerable.Range(0, 90), number => Assert.Equal($"{number}", Value(environ, $"HTTP_X_NUMBER_{number}")));
    }

    private async Task<JsonElement> EnvironAsync(string target, string method = "GET", params string[] fields)
    {
        var answer = await app.Server.SendAsync(method, target, null, fields);
        Assert.True(answer.Status == 200, $"{answer.Status} {answer.Reason}\n{answer.Text}");
        return answer.Json.GetProperty("environ");
    }

    private async Task<string> ValueAsync(string key, string target, string method = "GET", params string[] fields) =>
        Value(await EnvironAsync(target, method, fields), key);

    private async Task<ISet<string>> MethodsAsync(string key) =>
        (await EnvironAsync("/")).GetProperty(key).GetProperty("methods").EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal);

    private static HashSet<string> Set(params string[] names) => [.. names];

    private static string Value(JsonElement environ, string key) =>
        environ.TryGetProperty(key, out var entry) ? entry.GetProperty("value").GetString()! : throw new KeyNotFoundException($"environ has no {key}");
}
