using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Http;
using Hotplate.Routing;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;
using HttpVersion = Hotplate.Channel.HttpVersion;

namespace Hotplate.Tests.Http;

/// <summary>Whatever a client writes is read or refused; nothing throws. The seed is fixed.</summary>
public class FuzzTests
{
    private const int Rounds = 100_000;
    private readonly Random random = new(20261122);

    [Fact]
    public void Targets()
    {
        var parts = new[] { "/", "..", ".", "%2e", "%2E", "%2f", "%00", "%", "%zz", "%25", "a", "\u00e9", "?", "#", " ", "*", "http://", "https://", "h", "@", ":80", "\t", ";" };
        for (var i = 0; i < Rounds; i++)
        {
            var raw = Mix(parts, 12);
            var scratch = new byte[RequestTarget.ScratchSize(raw)];
            if (!RequestTarget.TryRead(raw, scratch, out var target) || target.Form == TargetForm.Asterisk)
            {
                continue;
            }
            var path = Encoding.Latin1.GetString(target.Path);
            Assert.StartsWith("/", path, StringComparison.Ordinal);
            Assert.DoesNotContain('\0', path);
            if (!raw.Contains("%2f", StringComparison.OrdinalIgnoreCase))
            {
                Assert.DoesNotContain(path.Split('/'), segment => segment is "." or "..");
            }
        }
    }

    [Fact]
    public void Forwarded_fields()
    {
        var parts = new[] { "127.0.0.1", "10.0.0.1", "::1", "[", "]", ":", ",", " ", "80", "99999", "https", "http", "a", "/", "//", "..", "%", "\u00e9", "\"", "-", "_", "fe80::1%1" };
        var direct = new RequestOrigin { Address = "127.0.0.1", Host = "h", Prefix = "" };
        var everyone = new TrustedProxies(true, []);
        for (var i = 0; i < Rounds; i++)
        {
            var fields = new ForwardedFields(Mix(parts, 6), Mix(parts, 3), Mix(parts, 4), Mix(parts, 2), Mix(parts, 4));
            var origin = Forwarded.Apply(direct, fields, i % 2 == 0 ? TrustedProxies.Loopback : everyone);
            Assert.True(IPAddress.TryParse(origin.Address, out _));
            Assert.DoesNotContain(origin.Host!, c => c is '/' or '"' or ' ' or '\u00e9');
            Assert.True(origin.Prefix.Length == 0 || (origin.Prefix[0] == '/' && origin.Prefix[^1] != '/'));
        }
    }

    [Fact]
    public void Fields()
    {
        var names = new[] { "Host", "Content-Type", "Transfer-Encoding", "Connection", "Cookie", "X-A", "X_B", "Proxy", "X-Forwarded-For", "X-Request-Id", "Expect", "X\u0001" };
        var values = new[] { "", "chunked", "keep-alive, X-A", "a=b", "\u0001", "\u00e9", "\t", "100-continue", "h:80", "h:", ":", "a,b" };
        var fields = new RequestFields();
        for (var i = 0; i < Rounds / 4; i++)
        {
            var headers = new HeaderDictionary();
            for (var n = random.Next(6); n > 0; n--)
            {
                headers.Append(Pick(names), Pick(values));
            }
            fields.Read(headers, (HttpVersion)random.Next(3), random.Next(2) == 0, 100, Pick(values));
            foreach (var field in fields.Kept)
            {
                Assert.DoesNotContain('_', field.Name);
                Assert.DoesNotContain(field.Value, c => c < ' ' && c != '\t');
            }
        }
    }

    [Fact]
    public void Accept_fields()
    {
        var parts = new[] { "application/json", "text/html", "*/*", ";", ",", "q=", "0.5", "q", "=", "json", " ", "\u00e9", "99999999999999999999" };
        for (var i = 0; i < Rounds; i++)
        {
            ErrorPages.WantsJson(Mix(parts, 10));
        }
    }

    [Fact]
    public async Task Mutated_requests_are_all_answered_or_cut_off()
    {
        await using var front = await FrontWithoutWorkers.StartAsync();
        var seeds = new[]
        {
            "GET /a?b=c HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nConnection: close\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        };
        for (var i = 0; i < 2000; i++)
        {
            var bytes = Encoding.Latin1.GetBytes(Pick(seeds));
            for (var n = 1 + random.Next(3); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)Pick(["\r", "\n", " ", "\t", ":", "0", "/", "\0", "\u00ff", ";", ",", "%"])[0];
            }
            await SendAndLeaveAsync(front.EndPoint, bytes);
        }
        var last = await front.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(FrontWithoutWorkers.WouldReachTheApplication, last.Only.Status);
    }

    [Fact]
    public async Task A_head_that_comes_byte_by_byte_is_looked_at_as_a_whole()
    {
        await using var front = await FrontWithoutWorkers.StartAsync();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(front.EndPoint, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        foreach (var value in "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray())
        {
            await stream.WriteAsync(new[] { value }, TestContext.Current.CancellationToken);
        }
        var answer = await RawAnswers.ExchangeAsync(stream, default);
        Assert.Equal(400, answer.Only.Status);
    }

    private static async Task SendAndLeaveAsync(IPEndPoint to, byte[] bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(to, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    private string Mix(string[] parts, int most) => string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => Pick(parts)));

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];
}
