using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Hotplate.Static;

/// <summary>What a request wants of a file: all of it, a part, or nothing because it has it already. RFC 9110 §13 and §14.</summary>
/// <param name="Status">200, 206, 304, 412 or 416.</param>
/// <param name="Length">Bytes to send; 0 of 304, 412 and 416.</param>
internal readonly record struct StaticConditions(int Status, long Start, long Length)
{
    internal static StaticConditions Of(StaticFile file, string method, IHeaderDictionary headers)
    {
        // RFC 9110 §13.2.2: in this order.
        if (headers.IfMatch.Count > 0 ? !Holds(headers.IfMatch, file.Tag, strong: true)
            : Date(headers.IfUnmodifiedSince) is { } until && file.Modified > until)
        {
            return new(StatusCodes.Status412PreconditionFailed, 0, 0);
        }
        if (headers.IfNoneMatch.Count > 0 ? Holds(headers.IfNoneMatch, file.Tag, strong: false)
            : Date(headers.IfModifiedSince) is { } since && file.Modified <= since)
        {
            return new(StatusCodes.Status304NotModified, 0, 0);
        }
        var whole = new StaticConditions(StatusCodes.Status200OK, 0, file.Size);
        // Several ranges, and units that nobody knows, may be passed over: §14.2. They are what attacks are made of.
        if (method != "GET" || headers.Range.Count == 0 || !RangeHeaderValue.TryParse(headers.Range.ToString(), out var asked)
            || !asked.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) || asked.Ranges.Count != 1
            || !IsStill(headers.IfRange, file))
        {
            return whole;
        }
        var range = asked.Ranges.First();
        var start = range.From ?? Math.Max(0, file.Size - range.To!.Value);
        var end = range.From is null ? file.Size : Math.Min(file.Size, (range.To ?? (file.Size - 1)) + 1);
        return start >= file.Size || start >= end
            ? new(StatusCodes.Status416RangeNotSatisfiable, 0, 0)
            : new(StatusCodes.Status206PartialContent, start, end - start);
    }

    private static bool IsStill(StringValues ifRange, StaticFile file) =>
        ifRange.Count == 0
        || (RangeConditionHeaderValue.TryParse(ifRange.ToString(), out var condition)
            && (condition.EntityTag?.Compare(file.Tag, useStrongComparison: true) ?? condition.LastModified == file.Modified));

    private static bool Holds(StringValues field, EntityTagHeaderValue tag, bool strong)
    {
        if (!EntityTagHeaderValue.TryParseList([.. field.OfType<string>()], out var tags))
        {
            return false;
        }
        foreach (var one in tags)
        {
            if (one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, strong))
            {
                return true;
            }
        }
        return false;
    }

    private static DateTimeOffset? Date(StringValues field) =>
        field.Count == 1 && HeaderUtilities.TryParseDate(field.ToString(), out var date) ? date : null;
}
