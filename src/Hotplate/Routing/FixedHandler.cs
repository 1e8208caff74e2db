using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.WebUtilities;

namespace Hotplate.Routing;

/// <summary>Gives every client the same: <c>return</c>, and the page of <c>maintenance</c>.</summary>
internal sealed class FixedHandler : Handler
{
    private const string Html = "text/html; charset=utf-8";

    private readonly int status;
    private readonly string contentType;
    private readonly string? retryAfter;
    private readonly byte[] body;

    private FixedHandler(int status, string contentType, string text, string? retryAfter)
    {
        (this.status, this.contentType, this.retryAfter) = (status, contentType, retryAfter);
        body = Encoding.UTF8.GetBytes(text);
    }

    internal FixedHandler(RouteAction.Fixed action)
        : this(action.Status, action.Body is null ? Html : action.ContentType, action.Body ?? PageOf(action.Status), retryAfter: null)
    {
    }

    internal FixedHandler(RouteAction.Maintenance action)
        : this(
            503,
            Html,
            action.Page ?? Page("Service Unavailable", "This site is being worked on. Please try again in a few minutes."),
            ((int)action.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture))
    {
    }

    internal override Task HandleAsync(Visit visit)
    {
        // Where there is a page of the server's for it, or of the user's, that one.
        if (status == 404 && retryAfter is null && contentType == Html && body.Length == 0)
        {
            visit.Failure = RequestFailure.NotFound;
            return Task.CompletedTask;
        }
        var response = visit.Response;
        response.StatusCode = status;
        if (status is 204 or 304)
        {
            return Task.CompletedTask;
        }
        response.Headers.ContentLength = body.Length;
        if (body.Length > 0)
        {
            response.Headers.ContentType = contentType;
        }
        if (status >= 400)
        {
            response.Headers.CacheControl = "no-store";
        }
        if (retryAfter is not null)
        {
            response.Headers.RetryAfter = retryAfter;
        }
        if (visit.Request.Method == "HEAD")
        {
            return Task.CompletedTask;
        }
        visit.ResponseBody.Writer.Write(body);
        visit.BytesSent = body.Length;
        return Task.CompletedTask;
    }

    /// <summary>404 has its own way, and what is no error has nothing to say.</summary>
    private static string PageOf(int status) =>
        status is < 400 or 404 ? "" : Page(ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } title ? title : "Error", "");

    private static string Page(string title, string sentence) =>
        $"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{HtmlEncoder.Default.Encode(title)}</title>\n" +
        $"<h1>{HtmlEncoder.Default.Encode(title)}</h1>\n{(sentence.Length == 0 ? "" : $"<p>{sentence}</p>\n")}";
}
