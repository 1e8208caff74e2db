namespace Hotplate.Tests.Fixtures;

/// <summary>How long a test waits for something that must happen. Nothing passes because of it; it only ends what would hang.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until the condition holds, looking every 20 ms.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what) => await UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until the condition holds, looking every 20 ms.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"never came true: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
