using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hotplate.Static;

/// <summary>Gives the files of one folder.</summary>
/// <param name="files">Which.</param>
/// <param name="fallback">Answers where there is no file; null: nobody.</param>
internal sealed class StaticHandler(RouteAction.Files files, Handler? fallback, ILogger log) : Handler
{
    // What a client that does not read makes us hold: two of these, Kestrel's buffer and this one's.
    private const int Piece = 64 * 1024;
    private const int TellEvery = 10_000;

    private readonly StaticFolder folder = new(files.Folder);
    private long toldAt = -TellEvery;

    internal override async Task HandleAsync(Visit visit)
    {
        if (visit.Request.Method is not ("GET" or "HEAD"))
        {
            await (fallback?.HandleAsync(visit) ?? RefuseMethod(visit));
            return;
        }
        // Disks may be slow, and network file systems gone: neither is the event loop's to wait for.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (!await TryGiveAsync(visit))
        {
            visit.Failure = RequestFailure.NotFound;
        }
    }

    private async Task<bool> TryGiveAsync(Visit visit)
    {
        if (Find(visit, out var name) is { } file)
        {
            using (file)
            {
                if (file.IsFolder)
                {
                    Redirect(visit);
                }
                else
                {
                    await GiveAsync(visit, file, name);
                }
                return true;
            }
        }
        if (fallback is not null)
        {
            await fallback.HandleAsync(visit);
            return true;
        }
        using var other = files.FallbackFile is { } fallbackFile ? Open(fallbackFile, visit) : null;
        if (other is null or { IsFolder: true })
        {
            return false;
        }
        await GiveAsync(visit, other, files.FallbackFile!);
        return true;
    }

    /// <summary>A file; or a folder whose address lacks the slash, which is to be redirected; null: neither.</summary>
    private StaticFile? Find(Visit visit, out string name)
    {
        name = "";
        var path = visit.Path.Span;
        if (!StaticName.TryRead(visit.Match.Path ?? PathPattern.Any, path, out var range))
        {
            return null;
        }
        var asked = path[range];
        name = System.Text.Encoding.UTF8.GetString(asked);
        var file = folder.Open(asked, out var error);
        if (file is null)
        {
            Tell(error, visit);
            return null;
        }
        if (!file.IsFolder)
        {
            name = name.Length == 0 ? files.Folder : name;
            return file;
        }
        if (!path.EndsWith((byte)'/'))
        {
            return file;
        }
        file.Dispose();
        foreach (var index in files.Index)
        {
            if (Open([.. asked, .. System.Text.Encoding.UTF8.GetBytes(index)], visit) is { } found)
            {
                if (!found.IsFolder)
                {
                    name = index;
                    return found;
                }
                found.Dispose();
            }
        }
        return null;
    }

    private StaticFile? Open(string name, Visit visit) => Open(System.Text.Encoding.UTF8.GetBytes(name), visit);

    private StaticFile? Open(ReadOnlySpan<byte> name, Visit visit)
    {
        var file = folder.Open(name, out var error);
        if (file is null)
        {
            Tell(error, visit);
        }
        return file;
    }

    private static async Task GiveAsync(Visit visit, StaticFile file, string name)
    {
        var response = visit.Response;
        var headers = response.Headers;
        var (status, start, length) = StaticConditions.Of(file, visit.Request.Method, visit.Request.Headers);
        response.StatusCode = status;
        headers.LastModified = HeaderUtilities.FormatDate(file.Modified);
        headers.ETag = file.Tag.ToString();
        headers.AcceptRanges = "bytes";
        if (status == StatusCodes.Status304NotModified)
        {
            return;
        }
        headers.ContentLength = length;
        if (status is StatusCodes.Status206PartialContent or StatusCodes.Status416RangeNotSatisfiable)
        {
            headers.ContentRange = length == 0 ? $"bytes */{file.Size}" : $"bytes {start}-{start + length - 1}/{file.Size}";
        }
        if (length == 0 && status != StatusCodes.Status200OK)
        {
            return;
        }
        headers.ContentType = ContentTypes.Of(name);
        // What somebody uploaded as a picture is not to be run as a page.
        headers.XContentTypeOptions = "nosniff";
        if (visit.Request.Method != "HEAD")
        {
            await SendAsync(visit, file, start, length);
        }
    }

    private static async Task SendAsync(Visit visit, StaticFile file, long start, long length)
    {
        var writer = visit.ResponseBody.Writer;
        while (length > 0)
        {
            var memory = writer.GetMemory((int)Math.Min(length, Piece));
            int count;
            try
            {
                // On the pool, wherever the flush before ended.
                var piece = memory[..(int)Math.Min(length, memory.Length)];
                count = await RandomAccess.ReadAsync(file.Handle, piece, start, CancellationToken.None);
            }
            catch (IOException)
            {
                count = 0;
            }
            if (count == 0)
            {
                // Shorter than it was, or the disk fails: more was promised.
                visit.Failure = RequestFailure.FileFailed;
                return;
            }
            writer.Advance(count);
            visit.BytesSent += count;
            (start, length) = (start + count, length - count);
            var flushed = await writer.FlushAsync(CancellationToken.None);
            if (length > 0 && (flushed.IsCompleted || visit.Left.IsCancellationRequested))
            {
                visit.Failure = RequestFailure.ClientLeft;
                return;
            }
        }
    }

    private static void Redirect(Visit visit)
    {
        visit.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        visit.Response.Headers.Location = RouteTextFill.Of(s_folder, visit);
        visit.Response.Headers.ContentLength = 0;
    }

    // No path with two slashes is a folder's, so the address is never one of another host.
    private static readonly RouteText s_folder = RouteText.Parse("$path/?$query");

    private static Task RefuseMethod(Visit visit)
    {
        visit.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        visit.Response.Headers.Allow = "GET, HEAD";
        visit.Response.Headers.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>What is not there is the client's affair; what may not be opened is the user's.</summary>
    private void Tell(int error, Visit visit)
    {
        if (error is 0 or Libc.ENOENT or Libc.ENOTDIR or Libc.ENAMETOOLONG)
        {
            return;
        }
        var (now, told) = (Environment.TickCount64, Interlocked.Read(ref toldAt));
        if (now - told >= TellEvery && Interlocked.CompareExchange(ref toldAt, now, told) == told)
        {
            var reason = error is Libc.EXDEV or Libc.ELOOP
                ? "a symbolic link leads out of the folder, or is absolute"
                : Marshal.GetPInvokeErrorMessage(error);
            log.FileNotGiven(files.Folder, visit.Target, reason);
        }
    }
}
