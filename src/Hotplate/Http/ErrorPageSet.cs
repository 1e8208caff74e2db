using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>The pages of one server: ours, or the user's where there is one for the status. Made once, at start-up.</summary>
internal sealed class ErrorPageSet
{
    private const string RequestId = "{{request_id}}";
    private readonly ImmutableArray<ErrorPages.Page?> own;

    /// <param name="files">The user's pages; null: there are none.</param>
    internal ErrorPageSet(ErrorPageFiles? files) => own =
        [.. Enum.GetValues<RequestFailure>().Select(failure => files?.For(FailureRule.Of(failure).Status) is { } text ? Fill(text, FailureRule.Of(failure)) : null)];

    /// <param name="failure">Why there is no answer.</param>
    /// <param name="accept">What the client would like, as it wrote it. JSON is ours in any case: programs read it.</param>
    internal ErrorPages.Page Of(RequestFailure failure, string? accept) =>
        own[(int)failure] is { } page && !ErrorPages.WantsJson(accept) ? page : ErrorPages.Of(failure, accept);

    private static ErrorPages.Page Fill(string text, FailureRule rule)
    {
        var filled = text
            .Replace("{{status}}", rule.Status.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{title}}", HtmlEncoder.Default.Encode(rule.Title), StringComparison.Ordinal)
            .Replace("{{detail}}", HtmlEncoder.Default.Encode(rule.Sentence), StringComparison.Ordinal);
        return new ErrorPages.Page("text/html; charset=utf-8", filled.Split(RequestId));
    }
}
