using System.Security.Cryptography;
using System.Threading.Channels;
using Hotplate.Supervision;

namespace Hotplate.Apps;

/// <summary>An application's code while somebody writes it: loaded anew at every change, and broken now and then.</summary>
/// <remarks>Requests ask <see cref="IsSound"/>, from any thread; the rest is one loop.</remarks>
internal sealed class CodeInProgress(string name, Func<CancellationToken, Task<ReloadResult>> reload, TimeProvider time, ILogger log)
{
    /// <summary>Editors write, rename and format within so much of each other.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(80);

    /// <summary>Whoever never stops writing is loaded all the same.</summary>
    private const int MostQuiets = 25;

    private const int LargestKnown = 1 << 20;
    private readonly Channel<string> changes = System.Threading.Channels.Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, byte[]> known = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource? loading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CodeFailure? failure;
    private int failures;

    /// <summary>True when what was saved last is what answers.</summary>
    internal bool IsSound => loading is null && failure is null;

    /// <summary>Completes when nothing is being loaded.</summary>
    internal Task Settled => loading?.Task ?? Task.CompletedTask;

    /// <summary>Why the code as it is cannot be loaded; null: it can.</summary>
    internal CodeFailure? Failure => failure;

    /// <summary>A file has changed; empty: nobody knows which.</summary>
    internal void Change(string path) => changes.Writer.TryWrite(path);

    /// <summary>Loads the application anew after each change, until <paramref name="stop"/>.</summary>
    /// <param name="first">How the first load, which is under way, goes.</param>
    internal async Task RunAsync(Task<GenerationStart> first, CancellationToken stop)
    {
        try
        {
            var changed = changes.Reader.WaitToReadAsync(stop).AsTask();
            if (await Task.WhenAny(first, changed) == first)
            {
                var start = await first;
                Settle(start.Code == 0 ? null : new ReloadResult(start.Code, await WordsOfAsync(start)));
            }
            while (true)
            {
                var path = await changes.Reader.ReadAsync(stop);
                loading ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Settle(await LoadAsync(path, stop));
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            loading?.TrySetResult();
        }
    }

    private static async Task<string> WordsOfAsync(GenerationStart start) => start.Words is null ? "" : await start.Words.CompleteAsync();

    /// <summary>Loads what is there once it is quiet, and again when it changes meanwhile.</summary>
    private async Task<ReloadResult> LoadAsync(string path, CancellationToken stop)
    {
        while (true)
        {
            path = await QuietAsync(path, stop);
            log.CodeChanged(name, path.Length == 0 ? "something" : path);
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var loaded = reload(giveUp.Token);
            var changed = ChangedAsync(over.Token);
            if (await Task.WhenAny(loaded, changed) == loaded)
            {
                await over.CancelAsync();
                var other = await changed;
                if (other is null)
                {
                    return await loaded;
                }
                path = other;
                continue;
            }
            await giveUp.CancelAsync();
            await loaded;
            path = await changed ?? path;
        }
    }

    private async Task<string> QuietAsync(string path, CancellationToken stop)
    {
        for (var i = 0; i < MostQuiets; i++)
        {
            Remember(path);
            await Task.Delay(Quiet, time, stop);
            var more = false;
            while (changes.Reader.TryRead(out var other))
            {
                path = other.Length == 0 ? path : other;
                Remember(path);
                more = true;
            }
            if (!more)
            {
                break;
            }
        }
        return path;
    }

    /// <summary>The next file that really differs: an application may write a file each time it is imported, which must not load it for ever. Null: none came.</summary>
    private async Task<string?> ChangedAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                var path = await changes.Reader.ReadAsync(over);
                if (Remember(path))
                {
                    return path;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <returns>False: its content is what it was when it changed the last time.</returns>
    private bool Remember(string path)
    {
        try
        {
            if (path.Length > 0 && new FileInfo(path) is { Exists: true, Length: <= LargestKnown })
            {
                var content = SHA256.HashData(File.ReadAllBytes(path));
                var same = known.TryGetValue(path, out var before) && before.AsSpan().SequenceEqual(content);
                known[path] = content;
                return !same;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It went, or is being replaced.
        }
        return true;
    }

    private void Settle(ReloadResult? result)
    {
        failure = result is null or { Code: 0 } ? null : new CodeFailure(++failures, result.Message);
        if (failure is not null)
        {
            log.CodeIsBroken(name);
        }
        var settled = loading;
        loading = null;
        settled?.TrySetResult();
    }
}

/// <summary>Why code cannot be loaded, and how many times that has happened: a page that shows an older one is out of date.</summary>
internal sealed record CodeFailure(int Number, string Text);
