using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Observability;

namespace Hotplate.Certificates.Acme;

/// <summary>Asks one authority, in the name of one account: RFC 8555 §6.</summary>
internal sealed class AcmeClient(string directoryUrl, AccountKey key, TimeProvider time) : IDisposable
{
    // RFC 8555 §6.5: a nonce that is refused comes with another. An authority that refuses half of them (pebble may) is still spoken with.
    private const int MostTries = 20;
    private const int LargestAnswer = 1 << 20;
    private readonly ConcurrentStack<string> nonces = new();
    private readonly HttpClient http = NewHttp();
    private AcmeDirectory? directory;

    /// <summary>The account's URL; null: there is none yet.</summary>
    internal string? Account { get; set; }

    internal async Task<AcmeDirectory> DirectoryAsync(CancellationToken cancel) =>
        directory ??= Parse((await SendAsync(new HttpRequestMessage(HttpMethod.Get, directoryUrl), cancel)).Body,
            AcmeJson.Default.AcmeDirectory);

    /// <summary>Without a signature, as RFC 9773 has it.</summary>
    internal Task<AcmeAnswer> GetAsync(string url, CancellationToken cancel) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, url), cancel);

    /// <param name="payload">Null: POST-as-GET.</param>
    internal async Task<(T Value, AcmeAnswer Answer)> PostAsync<T>(
        string url, string? payload, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        var answer = await PostAsync(url, payload, cancel);
        return (Parse(answer.Body, type), answer);
    }

    internal async Task<AcmeAnswer> PostAsync(string url, string? payload, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var nonce = await NonceAsync(cancel);
            var signed = key.Sign(url, nonce, payload ?? "", Account);
            var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(signed, AcmeJson.Default.AcmeSigned));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
            try
            {
                return await SendAsync(new HttpRequestMessage(HttpMethod.Post, url) { Content = content }, cancel);
            }
            catch (AcmeException error) when (error.Kind == "badNonce" && tries < MostTries)
            {
                // Signed anew with the one that came with the refusal.
            }
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Refused answers are thrown as what they say.</summary>
    private async Task<AcmeAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        HttpResponseMessage response;
        byte[] body;
        var url = request.RequestUri;
        try
        {
            using (request)
            {
                response = await http.SendAsync(request, cancel);
                body = await response.Content.ReadAsByteArrayAsync(cancel);
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            var why = error is OperationCanceledException ? "no answer within a minute" : error.InnerException?.Message ?? error.Message;
            throw new AcmeException("", $"{url}: {why}", error);
        }
        using (response)
        {
            if (response.Headers.TryGetValues("Replay-Nonce", out var given) && given.FirstOrDefault() is { } nonce)
            {
                nonces.Push(nonce);
            }
            var retry = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - time.GetUtcNow()) : null;
            return response.IsSuccessStatusCode
                ? new AcmeAnswer(body, response.Headers.Location?.ToString(), retry)
                : throw Refusal(url, response, body, retry);
        }
    }

    private static AcmeException Refusal(Uri? url, HttpResponseMessage response, byte[] body, TimeSpan? retry)
    {
        AcmeProblem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                problem = JsonSerializer.Deserialize(body, AcmeJson.Default.AcmeProblem);
            }
            catch (JsonException)
            {
                // The status says enough.
            }
        }
        var status = (int)response.StatusCode;
        return problem is null
            ? new AcmeException("", $"{url} answered {status}") { RetryAfter = retry, Status = status }
            : Refusal(problem, retry, status);
    }

    /// <summary>The same of what an order or a challenge says of itself.</summary>
    internal static AcmeException Refusal(AcmeProblem problem, TimeSpan? retry = null, int status = 0)
    {
        var kind = problem.Type?[(problem.Type.LastIndexOf(':') + 1)..] ?? "";
        // RFC 8555 §6.7.1: a compound says what is wrong with each name.
        if (kind == "compound" && problem.Subproblems is [{ Type: not null } first, ..])
        {
            return Refusal(first, retry, status);
        }
        return new AcmeException(kind, Visible.Line(problem.Detail ?? kind)) { RetryAfter = retry, Status = status };
    }

    private async Task<string> NonceAsync(CancellationToken cancel)
    {
        if (nonces.TryPop(out var nonce))
        {
            return nonce;
        }
        var url = (await DirectoryAsync(cancel)).NewNonce;
        await SendAsync(new HttpRequestMessage(HttpMethod.Head, url), cancel);
        return nonces.TryPop(out nonce) ? nonce : throw new AcmeException("", $"{url} gave no nonce");
    }

    internal static T Parse<T>(byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new AcmeException("", "the authority answered null");
        }
        catch (JsonException error)
        {
            throw new AcmeException("", $"the authority's answer is not as RFC 8555 has it: {error.Message}", error);
        }
    }

    private static HttpClient NewHttp()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) };
        var made = new HttpClient(handler)
        {
            Timeout = TimeSpan.FromMinutes(1),
            MaxResponseContentBufferSize = LargestAnswer,
        };
        // RFC 8555 §6.1.
        made.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("hotplate", "0.1"));
        return made;
    }
}
