using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>Which of the requests that were refused for overload or by limits the log tells of: ten a second. Thousands of
/// lines would be one more load.</summary>
/// <remarks>Safe to call from any thread.</remarks>
internal sealed class RefusalLog(TimeProvider time)
{
    private const int MostLines = 10;
    private readonly Lock gate = new();
    private long second;
    private int told;
    private long passedOver;

    /// <summary>True: this one is to be told of.</summary>
    /// <param name="before">How many were passed over before it, of which nobody has been told.</param>
    internal bool MayTell(RequestFailure failure, out long before)
    {
        before = 0;
        if (failure is not (RequestFailure.QueueFull or RequestFailure.QueueTimeout or RequestFailure.Overloaded
            or RequestFailure.TooManyOfClient or RequestFailure.RateLimited))
        {
            return true;
        }
        var now = time.GetTimestamp() / time.TimestampFrequency;
        lock (gate)
        {
            if (now != second)
            {
                (second, told, before, passedOver) = (now, 0, passedOver, 0);
            }
            if (told < MostLines)
            {
                told++;
                return true;
            }
            passedOver++;
            return false;
        }
    }
}
