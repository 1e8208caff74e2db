using System.Collections.Immutable;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>What a failed request gets: the one table from <see cref="RequestFailure"/> to a status, a log level and a metric label.</summary>
/// <param name="Status">The status code. 499 is for the log: nobody is there to read it.</param>
/// <param name="Title">The page's heading, RFC 9110's reason phrase.</param>
/// <param name="Sentence">What it means to the person who asked.</param>
/// <param name="Level">How loudly the log says it.</param>
/// <param name="Label">The metric label.</param>
/// <param name="CloseConnection">What follows on the connection cannot be trusted, or must not come.</param>
/// <param name="RetryAfter">Seconds after which to try again; 0 is no such header.</param>
internal sealed record FailureRule(int Status, string Title, string Sentence, LogLevel Level, string Label, bool CloseConnection, int RetryAfter)
{
    private static readonly ImmutableArray<FailureRule> Table = [.. Enum.GetValues<RequestFailure>().Select(Make)];

    internal static FailureRule Of(RequestFailure failure) => Table[(int)failure];

    /// <summary>Why reading a request's body threw. What is none of these is our own mistake and null.</summary>
    internal static RequestFailure? FromBody(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => RequestFailure.BodyTooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => RequestFailure.BodyTooSlow,
        BadHttpRequestException => RequestFailure.BadRequest,

        // A chunk size beyond 31 bits.
        IOException { InnerException: OverflowException } => RequestFailure.BadRequest,
        IOException or ConnectionAbortedException or OperationCanceledException => RequestFailure.ClientLeft,
        _ => null,
    };

    /// <summary>Why Kestrel refused a request before anybody else saw it; null: its own answer says more than we could.</summary>
    /// <param name="head">As far as it can be made out.</param>
    internal static RequestFailure? FromHead(BadHttpRequestException exception, RefusedHead head) => exception.StatusCode switch
    {
        // RFC 9112 §6.1 and §3.2: Kestrel tells neither a coding that it does not know from one that cannot be, nor a target that is none from a wrong form.
        StatusCodes.Status400BadRequest when exception.Message.Contains("transfer coding", StringComparison.Ordinal)
            && RequestFields.IsUnknownCoding(head.Field("Transfer-Encoding")) => RequestFailure.NotImplemented,
        StatusCodes.Status405MethodNotAllowed when head.Target != "*" => RequestFailure.BadRequest,
        StatusCodes.Status400BadRequest => RequestFailure.BadRequest,
        StatusCodes.Status405MethodNotAllowed => RequestFailure.MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => RequestFailure.HeadTooSlow,
        StatusCodes.Status413PayloadTooLarge => RequestFailure.BodyTooLarge,
        StatusCodes.Status414UriTooLong => RequestFailure.UriTooLong,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => RequestFailure.HeadersTooLarge,
        StatusCodes.Status505HttpVersionNotsupported => RequestFailure.VersionNotSupported,
        _ => null,
    };

    private static FailureRule Make(RequestFailure failure) => failure switch
    {
        RequestFailure.None => new(200, "OK", "", LogLevel.Trace, "none", false, 0),
        RequestFailure.BadRequest => new(400, "Bad Request", "The request could not be understood.", LogLevel.Debug, "bad_request", true, 0),
        RequestFailure.NotFound => new(404, "Not Found", "There is nothing at this address.", LogLevel.Debug, "not_found", false, 0),
        RequestFailure.MethodNotAllowed =>
            new(405, "Method Not Allowed", "This address cannot be asked in that way.", LogLevel.Debug, "method_not_allowed", true, 0),
        RequestFailure.HeadTooSlow =>
            new(408, "Request Timeout", "The rest of the request did not arrive.", LogLevel.Debug, "head_too_slow", true, 0),
        RequestFailure.BodyTooSlow =>
            new(408, "Request Timeout", "The rest of the request did not arrive.", LogLevel.Debug, "body_too_slow", true, 0),
        RequestFailure.BodyTooLarge =>
            new(413, "Content Too Large", "What was sent is larger than this site accepts.", LogLevel.Debug, "body_too_large", true, 0),
        RequestFailure.UriTooLong =>
            new(414, "URI Too Long", "The address is longer than this site accepts.", LogLevel.Debug, "uri_too_long", true, 0),
        RequestFailure.ExpectationFailed =>
            new(417, "Expectation Failed", "The request expects something that this site does not do.", LogLevel.Debug, "expectation_failed", true, 0),
        RequestFailure.Misdirected =>
            new(421, "Misdirected Request", "There is no site of that name here.", LogLevel.Debug, "misdirected", false, 0),
        RequestFailure.TooManyOfClient => new(429, "Too Many Requests",
            "Too many requests from your address are being handled. Please try again in a moment.", LogLevel.Information, "client_limit", false, 1),
        RequestFailure.RateLimited => new(429, "Too Many Requests",
            "You have asked too often. Please try again later.", LogLevel.Information, "rate_limit", false, 1),
        RequestFailure.HeadersTooLarge => new(431, "Request Header Fields Too Large",
            "The request's header fields are larger than this site accepts. Deleting its cookies may help.", LogLevel.Debug, "headers_too_large", true, 0),
        RequestFailure.ClientLeft => new(499, "Client Closed Request", "The client left.", LogLevel.Debug, "client_left", true, 0),
        RequestFailure.AppFailed =>
            new(500, "Internal Server Error", "Something went wrong while the page was made.", LogLevel.Error, "app_failed", false, 0),
        RequestFailure.FileFailed =>
            new(500, "Internal Server Error", "Something went wrong while the page was made.", LogLevel.Error, "file_failed", false, 0),
        RequestFailure.WorkerDied =>
            new(502, "Bad Gateway", "The application stopped while it handled this request.", LogLevel.Error, "worker_died", false, 0),
        RequestFailure.QueueFull =>
            new(503, "Service Unavailable", "The site is busy. Please try again in a moment.", LogLevel.Warning, "queue_full", false, 1),
        RequestFailure.Overloaded =>
            new(503, "Service Unavailable", "The site is busy. Please try again in a moment.", LogLevel.Warning, "overloaded", false, 5),
        RequestFailure.QueueTimeout =>
            new(503, "Service Unavailable", "The site is busy. Please try again in a moment.", LogLevel.Warning, "queue_timeout", false, 5),
        RequestFailure.Stopping =>
            new(503, "Service Unavailable", "The site is being restarted. Please try again in a moment.", LogLevel.Information, "stopping", true, 2),
        RequestFailure.AppDown =>
            new(503, "Service Unavailable", "This part of the site does not run at the moment.", LogLevel.Warning, "app_down", false, 5),
        RequestFailure.Killed =>
            new(503, "Service Unavailable", "This request was ended by whoever runs the site.", LogLevel.Information, "killed", false, 0),
        RequestFailure.NoSpace =>
            new(503, "Service Unavailable", "The site cannot take this much at the moment.", LogLevel.Error, "no_space", true, 30),
        RequestFailure.NoMemory =>
            new(503, "Service Unavailable", "The site is busy. Please try again in a moment.", LogLevel.Debug, "no_memory", true, 5),
        RequestFailure.NotImplemented =>
            new(501, "Not Implemented", "This site does not do what the request asks for.", LogLevel.Debug, "not_implemented", true, 0),
        RequestFailure.VersionNotSupported =>
            new(505, "HTTP Version Not Supported", "This site speaks HTTP/1.0 and HTTP/1.1 here.", LogLevel.Debug, "version_not_supported", true, 0),
        RequestFailure.TimedOut =>
            // The log has more of it from elsewhere: the stack of its thread.
            new(504, "Gateway Timeout", "The application did not answer in time.", LogLevel.Debug, "timed_out", false, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "has no rule"),
    };
}
