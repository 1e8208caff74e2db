namespace Hotplate.Tests.Fixtures;

/// <summary>The lines a process has written so far, and those to come.</summary>
/// <remarks>Safe to call from any thread.</remarks>
internal sealed class LineLog(string name)
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool ended;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate)
            {
                return [.. lines];
            }
        }
    }

    public string Text => string.Join('\n', Lines);

    /// <summary>Waits for a line that contains the text, written before or after this call.</summary>
    public Task<string> WaitForAsync(string part) => WaitForAsync(line => line.Contains(part, StringComparison.Ordinal), $"\"{part}\"");

    public async Task<string> WaitForAsync(Func<string, bool> matches, string what) => (await WaitForAsync(matches, 1, what))[0];

    /// <summary>Waits for that many lines that match.</summary>
    public async Task<IReadOnlyList<string>> WaitForAsync(Func<string, bool> matches, int count, string what)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            Task next;
            lock (gate)
            {
                var found = lines.Where(matches).ToList();
                if (found.Count >= count)
                {
                    return found;
                }
                Assert.False(ended, $"{name} ended without {what}. It has:\n{Text}");
                next = news.Task;
            }
            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{name} never had {what}. It has:\n{Text}");
            }
        }
    }

    /// <summary>Takes every line of the stream until it ends.</summary>
    public async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync(CancellationToken.None) is { } line)
        {
            Tell(() => lines.Add(line));
        }
        Tell(() => ended = true);
    }

    private void Tell(Action change)
    {
        TaskCompletionSource old;
        lock (gate)
        {
            change();
            old = news;
            news = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        old.SetResult();
    }
}
