using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Workers;

/// <summary>Waits for what another thread completes, with an end that only a broken test reaches.</summary>
internal static class PatientTask
{
    internal static async Task<T> OrFail<T>(this Task<T> task) => await task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);

    internal static async Task OrFail(this Task task) => await task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
}
