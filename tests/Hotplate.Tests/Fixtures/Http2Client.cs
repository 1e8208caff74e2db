using System.Net;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>A client that speaks HTTP/2 without TLS from its first byte.</summary>
internal sealed class Http2Client(string address) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri(address),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience.Limit,
    };

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Returns with the response's head; the body follows.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
    }

    /// <summary>The whole body.</summary>
    public static Task<byte[]> BodyOfAsync(HttpResponseMessage answer) => answer.Content.ReadAsByteArrayAsync(CancellationToken.None);

    public static async Task<string> TextOfAsync(HttpResponseMessage answer) => Encoding.Latin1.GetString(await BodyOfAsync(answer));

    public void Dispose() => http.Dispose();
}
