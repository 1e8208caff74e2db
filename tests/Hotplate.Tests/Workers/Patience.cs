namespace Hotplate.Tests.Workers;

/// <summary>Waits for what another thread does, with an end that only a broken test reaches.</summary>
internal static class Patience
{
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    internal static async Task<T> OrFail<T>(this Task<T> task) => await task.WaitAsync(Longest, TestContext.Current.CancellationToken);

    internal static async Task OrFail(this Task task) => await task.WaitAsync(Longest, TestContext.Current.CancellationToken);

    /// <summary>Looks again and again until it is so.</summary>
    internal static async Task Until(Func<bool> isSo, string what)
    {
        var since = Environment.TickCount64;
        while (!isSo())
        {
            Assert.True(Environment.TickCount64 - since < Longest.TotalMilliseconds, $"never came: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
