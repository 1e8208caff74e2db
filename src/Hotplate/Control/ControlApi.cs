using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hotplate.Settings;
using Hotplate.Supervision;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Hotplate.Control;

/// <summary>The control API: docs/openapi.json has every path of it, docs/control.md tells of it.</summary>
/// <remarks>What may be asked for is a table: a path has its methods, and everything else is refused with what would be right.</remarks>
internal sealed class ControlApi(ControlCommands commands, ConfigResource config, ILogger log) : IHttpApplication<IFeatureCollection>
{
    private const string Unknown = "HP406";
    private int asking;

    /// <summary>How many have asked and have no answer yet.</summary>
    internal int Asking => Volatile.Read(ref asking);

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        Interlocked.Increment(ref asking);
        try
        {
            var request = context.GetRequiredFeature<IHttpRequestFeature>();
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            ControlAnswer answer;
            try
            {
                answer = await AnswerAsync(new Question(request, body.ToArray()));
            }
            catch (Exception error)
            {
                log.ControlDefect(error);
                answer = ControlAnswer.Refuse(500, Unknown, "the command failed; this is a defect of Hotplate. The server's log has it.");
            }
            await SendAsync(context, request.Method == "HEAD", answer);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // Whoever asked has gone, or sent more than anybody needs.
        }
        finally
        {
            Interlocked.Decrement(ref asking);
        }
    }

    private Task<ControlAnswer> AnswerAsync(Question asked) => asked.Path switch
    {
        ["v1", "config", .. var path] => asked.Method is "GET" or "HEAD" or "PUT" or "PATCH" or "POST" or "DELETE"
            ? config.AnswerAsync(asked.Method, path, asked.Body, asked.IfMatch, asked.IsTrial)
            : Wrong(asked, "GET, HEAD, PUT, PATCH, POST, DELETE"),
        ["v1", "status"] => Get(asked, () => commands.Status(), ControlJson.Default.ServerStatus),
        ["v1", "apps"] => Get(asked, commands.Apps, ControlJson.Default.IReadOnlyListAppStatus),
        ["v1", "apps", var name] => WithApps(asked, name, "GET, HEAD", apps =>
            Task.FromResult(ControlAnswer.Of(commands.Describe(apps[0]), ControlJson.Default.AppStatus))),
        ["v1", "apps", var name, var command] => Command(asked, command, name),
        ["v1", "requests"] => Get(asked, commands.Requests, ControlJson.Default.IReadOnlyListRequestStatus),
        ["v1", "requests", var id] => asked.Method == "DELETE" ? Task.FromResult(Kill(id)) : Wrong(asked, "DELETE"),
        ["v1", "stacks"] => asked.IsGet
            ? Answer(commands.StacksAsync(), ControlJson.Default.IReadOnlyListWorkerStacks)
            : Wrong(asked, "GET, HEAD"),
        ["v1", "routes"] => asked.IsGet ? Task.FromResult(Explain(asked)) : Wrong(asked, "GET, HEAD"),
        ["v1", "apply"] => Post(asked, ControlJson.Default.ApplyOrder, order => Changed(commands.Apply(order.File, asked.IsTrial))),
        ["v1", "upgrade"] => Post(asked, () => Done(commands.Upgrade())),
        ["v1", "stop"] => Post(asked, () => Task.FromResult(ControlAnswer.Of(commands.Stop()))),
        ["v1", "openapi.json"] => asked.IsGet ? Task.FromResult(new ControlAnswer(200, OpenApiDocument.Bytes)) : Wrong(asked, "GET, HEAD"),
        ["v1", var command] => Command(asked, command, null),
        _ => Task.FromResult(Missing(asked)),
    };

    /// <summary>What can be told to one application, or to all.</summary>
    private Task<ControlAnswer> Command(Question asked, string command, string? name) => command switch
    {
        "reload" => WithApps(asked, name, "POST", apps => Post(asked, ControlJson.Default.ReloadOrder, order => Reload(apps, order))),
        "pause" => WithApps(asked, name, "POST", apps => Done(commands.PauseAsync(apps))),
        "resume" => WithApps(asked, name, "POST", static apps => Task.FromResult(ControlAnswer.Of(ControlCommands.Resume(apps)))),
        "stop" => WithApps(asked, name, "POST", apps => Done(commands.StopAsync(apps[0]))),
        "scale" => WithApps(asked, name, "POST", apps => Post(asked, ControlJson.Default.ScaleOrder, order => Task.FromResult(
            order.Workers is >= 1 and <= 1024
                ? ControlAnswer.Of(ControlCommands.Scale(apps, order.Workers.Value))
                : ControlAnswer.Bad("a number of workers is needed, from 1 to 1024: {\"workers\": 3}.")))),
        _ => Task.FromResult(Missing(asked)),
    };

    private Task<ControlAnswer> Reload(IReadOnlyList<Apps.App> apps, ReloadOrder asked)
    {
        string? problem = null;
        var order = CanaryOrder.Read(asked.Canary, asked.For, (flag, wrong) => problem ??= $"\"{flag[2..]}\": {wrong.Message}");
        return problem is null ? Done(commands.ReloadAsync(apps, order)) : Task.FromResult(ControlAnswer.Bad(problem));
    }

    private Task<ControlAnswer> WithApps(
        Question asked, string? name, string methods, Func<IReadOnlyList<Apps.App>, Task<ControlAnswer>> answer)
    {
        if (!methods.Split(", ").Contains(asked.Method, StringComparer.Ordinal))
        {
            return Wrong(asked, methods);
        }
        var apps = commands.Find(name, out var refusal);
        return apps.Count > 0 ? answer(apps) : Task.FromResult(ControlAnswer.Missing("HP409", refusal.Message["HP409  ".Length..]));
    }

    private ControlAnswer Kill(string id)
    {
        var result = commands.Kill(id);
        return result.Code == 0 ? ControlAnswer.Of(result) : ControlAnswer.Missing("HP407", result.Message["HP407  ".Length..]);
    }

    private ControlAnswer Explain(Question asked)
    {
        if (asked.Query("url") is not { Length: > 0 } url)
        {
            return ControlAnswer.Bad("an address is needed: /v1/routes?url=http://shop.example.org/cart.");
        }
        try
        {
            return ControlAnswer.Of(commands.Explain(asked.Query("method") ?? "GET", url), ControlJson.Default.RouteReport);
        }
        catch (FormatException error)
        {
            return ControlAnswer.Bad(error.Message);
        }
    }

    private static Task<ControlAnswer> Get<T>(Question asked, Func<T> answer, JsonTypeInfo<T> type) =>
        asked.IsGet ? Task.FromResult(ControlAnswer.Of(answer(), type)) : Wrong(asked, "GET, HEAD");

    private static async Task<ControlAnswer> Answer<T>(Task<T> answer, JsonTypeInfo<T> type) => ControlAnswer.Of(await answer, type);

    private static Task<ControlAnswer> Post(Question asked, Func<Task<ControlAnswer>> answer) =>
        asked.Method == "POST" ? answer() : Wrong(asked, "POST");

    /// <summary>A body that is not there says nothing, as <c>{}</c> does.</summary>
    private static Task<ControlAnswer> Post<T>(Question asked, JsonTypeInfo<T> type, Func<T, Task<ControlAnswer>> answer)
        where T : new()
    {
        try
        {
            return Post(asked, () => answer(asked.Body.Length == 0 ? new T() : JsonSerializer.Deserialize(asked.Body, type) ?? new T()));
        }
        catch (JsonException error)
        {
            return Task.FromResult(ControlAnswer.Bad($"the body is not what is needed here: {error.Message}"));
        }
    }

    private static async Task<ControlAnswer> Done(Task<ReloadResult> command) => ControlAnswer.Of(await command);

    private static async Task<ControlAnswer> Changed(Task<ReloadResult> command) => ControlAnswer.OfChange(await command);

    private static ControlAnswer Missing(Question asked) => ControlAnswer.Missing(
        Unknown, $"there is nothing at /{string.Join('/', asked.Path)}. /v1/openapi.json lists what there is.");

    private static Task<ControlAnswer> Wrong(Question asked, string methods) => Task.FromResult(ControlAnswer.Refuse(
        405, Unknown, $"{asked.Method} is not for /{string.Join('/', asked.Path)}. {methods} is.") with
    { Allow = methods });

    private static async Task SendAsync(IFeatureCollection context, bool isHead, ControlAnswer answer)
    {
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = answer.Status;
        response.Headers.ContentType = answer.ContentType;
        response.Headers.ContentLength = answer.Body.Length;
        response.Headers.CacheControl = "no-store";
        if (answer.Tag is { } tag)
        {
            response.Headers.ETag = tag;
        }
        if (answer.Allow is { } allow)
        {
            response.Headers.Allow = allow;
        }
        if (!isHead)
        {
            await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(answer.Body);
        }
    }

    /// <summary>A request, taken apart.</summary>
    private sealed class Question(IHttpRequestFeature request, byte[] body)
    {
        internal string Method => request.Method;

        internal bool IsGet => Method is "GET" or "HEAD";

        /// <summary>Its segments, decoded each by itself: a name may have a slash.</summary>
        internal string[] Path { get; } =
            [.. request.RawTarget.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

        internal byte[] Body => body;

        internal string? IfMatch => request.Headers.IfMatch is [{ Length: > 0 } tag, ..] ? tag : null;

        /// <summary>Only told what would change.</summary>
        internal bool IsTrial => Query("dry_run") is "true" or "1" or "";

        internal string? Query(string name) =>
            QueryHelpers.ParseQuery(request.QueryString).TryGetValue(name, out var values) ? values[^1] : null;
    }
}
