using System.Globalization;
using System.Text;
using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>What <c>hotplate ps</c> prints for people.</summary>
internal static class RequestsText
{
    internal static string Make(IReadOnlyList<RequestStatus> requests, int width)
    {
        if (requests.Count == 0)
        {
            return "no requests in flight\n";
        }
        var table = new TextTable("ID", " AGE", " QUEUED", "PHASE", " WORKER", " THREAD", "REQUEST");
        foreach (var request in requests)
        {
            table.Add(
                request.Id, Amount.Time(request.Age), Amount.Time(request.QueueTime), request.Phase, Number(request.Worker), Number(request.Thread),
                $"{request.Method} {request.Path}");
        }
        var text = new StringBuilder();
        table.Write(text, width);
        return text.ToString();
    }

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
