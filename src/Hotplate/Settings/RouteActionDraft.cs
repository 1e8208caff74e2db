using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What a route does, while it is read: exactly one action, and only the keys that go with it.</summary>
internal sealed class RouteActionDraft(RouteContext context) : ActionDraft
{
    private const string Cookie = "hotplate-split";
    private const long LargestPage = 1 << 20;

    // Each key with the action that it belongs to; an action's own name is one.
    private static readonly Dictionary<string, string> s_owners = new(StringComparer.Ordinal)
    {
        ["app"] = "app",
        ["sticky"] = "app",
        ["static"] = "static",
        ["index"] = "static",
        ["fallback"] = "static",
        ["redirect"] = "redirect",
        ["status"] = "redirect",
        ["return"] = "return",
        ["body"] = "return",
        ["content-type"] = "return",
        ["maintenance"] = "maintenance",
        ["page"] = "maintenance",
        ["retry-after"] = "maintenance",
    };

    private readonly Dictionary<string, SourceSpan> given = new(StringComparer.Ordinal);
    private readonly List<AppShare> shares = [];
    private bool isSplit;
    private bool isOff;
    private RouteText? to;
    private string? cookie = Cookie;
    private string folder = "", contentType = "text/plain; charset=utf-8";
    private string? fallbackFile, fallbackApp, body, page;
    private IReadOnlyList<string> index = ["index.html"];
    private int status;
    private TimeSpan retryAfter = TimeSpan.FromMinutes(5);

    internal static IEnumerable<string> Keys => s_owners.Keys;

    internal override bool Take(RouteValue value)
    {
        if (!s_owners.ContainsKey(value.Key))
        {
            return false;
        }
        given.TryAdd(value.Key, value.Span);
        switch (value.Key)
        {
            case "app":
                TakeApps(value);
                break;
            case "sticky":
                cookie = value.IsFalse ? null : value.IsTrue ? Cookie : CookieName(value);
                break;
            case "static":
                folder = System.IO.Path.GetFullPath(value.Text("\"/srv/site\""), context.Folder);
                break;
            case "index":
                index = value.IsFalse ? [] : value.All(FileName);
                break;
            case "fallback":
                TakeFallback(value);
                break;
            case "redirect":
                to = Target(value);
                break;
            case "status":
                status = value.Whole(300, 399) is var said && said is 301 or 302 or 303 or 307 or 308
                    ? said
                    : throw value.Bad("301, 302, 303, 307 or 308 is needed here.");
                break;
            case "return":
                status = value.Whole(200, 599);
                break;
            case "body":
                body = value.Text("\"closed until Monday\"");
                break;
            case "content-type":
                contentType = value.All(ContentType)[0];
                break;
            case "maintenance":
                isOff = value.IsFalse || (value.IsTrue ? false : throw value.Bad("true or false is needed here."));
                break;
            case "page":
                page = Page(value);
                break;
            default:
                retryAfter = RetryAfter(value);
                break;
        }
        return true;
    }

    internal override IReadOnlyList<(SourceSpan At, string Word, string What)> Contradictions(
        SourceSpan table, IReadOnlyList<PathPattern> paths)
    {
        var found = new List<(SourceSpan At, string Word, string What)>();
        if (isOff)
        {
            given.Remove("maintenance");
        }
        var actions = given.Keys.Where(static key => s_owners[key] == key).OrderBy(key => given[key].Start.Offset).ToList();
        if (actions.Count == 0)
        {
            found.Add((table, RouteKind.Routes.Table, "a route needs one of app, static, redirect, return and maintenance = true."));
        }
        foreach (var second in actions.Skip(1))
        {
            found.Add((given[second], second, $"a route does one thing, and this one has {actions[0]} already."));
        }
        // What is for a page that is switched off may stay where it is.
        var strange = given.Keys.Where(key => !actions.Contains(s_owners[key]) && !(isOff && s_owners[key] == "maintenance"));
        foreach (var key in actions.Count == 0 ? [] : strange)
        {
            found.Add((given[key], key, $"it belongs to {s_owners[key]}, and this route has {actions[0]}."));
        }
        if (actions is not [var only])
        {
            return found;
        }
        if (given.TryGetValue("sticky", out var sticky) && only == "app" && !isSplit)
        {
            found.Add((sticky, "sticky", "it is for app = { one = 95, other = 5 }: one application alone has all requests anyhow."));
        }
        if (isSplit && shares.Count > 0 && shares.TrueForAll(static one => one.Weight == 0))
        {
            found.Add((given["app"], "app", "at least one application with a weight above 0 is needed here."));
        }
        if (to is not null && paths.FirstOrDefault(path => path.Stars < to.Captures) is { } short1)
        {
            found.Add((given["redirect"], "redirect", $"there is ${to.Captures} in it, but the path {short1} has {Stars(short1)}."));
        }
        if (only == "return" && body is not null && status is 204 or 205 or 304)
        {
            found.Add((given.GetValueOrDefault("body"), "body", $"an answer with status {status} has no body."));
        }
        Made = only switch
        {
            "app" => new RouteAction.Apps(shares, isSplit ? cookie : null),
            "static" => new RouteAction.Files(folder, index, fallbackFile, fallbackApp),
            "redirect" => to is null ? null : new RouteAction.Redirect(to, status == 0 ? 302 : status),
            "return" => new RouteAction.Fixed(status, body, contentType),
            _ => new RouteAction.Maintenance(page, retryAfter),
        };
        return found;
    }

    private static string Stars(PathPattern path) => path.Stars switch { 0 => "no star", 1 => "one star", var many => $"{many} stars" };

    private void TakeApps(RouteValue value)
    {
        if (!value.IsTable)
        {
            shares.Add(new AppShare(App(value), 1));
            return;
        }
        isSplit = true;
        var pairs = value.Pairs();
        if (!pairs.Any())
        {
            throw value.Bad("at least one application with a weight above 0 is needed here.");
        }
        foreach (var (name, span, weight) in pairs)
        {
            if (context.Apps?.Contains(name) == false)
            {
                throw new RouteValueException(span, "app", NoApp(name));
            }
            shares.Add(new AppShare(name, weight.Whole(0, 1_000_000)));
        }
    }

    private string App(RouteValue value)
    {
        var name = value.Text("\"shop\"");
        return context.Apps?.Contains(name) == false ? throw value.Bad(NoApp(name)) : name;
    }

    private string NoApp(string name) =>
        $"there is no [apps.{name}]. " + (NearestWord.Of(name, context.Apps!) is { } near ? $"Did you mean {near}?"
        : context.Apps!.Count == 0 ? "There is no application in this file." : $"There are {string.Join(", ", context.Apps!)}.");

    private void TakeFallback(RouteValue value)
    {
        if (value.IsText)
        {
            fallbackFile = value.All(FileName)[0];
            return;
        }
        foreach (var (name, span, app) in value.Pairs())
        {
            fallbackApp = name == "app" ? App(app)
                : throw new RouteValueException(
                    span, "fallback", "a file of the folder (\"index.html\"), or { app = \"NAME\" }, is needed here.");
        }
    }

    private static string FileName(string text) =>
        !text.Contains('\0', StringComparison.Ordinal) && text.Split('/').All(static part => part.Length > 0 && part[0] != '.')
            ? text
            : throw new SettingException(
                ErrorCode.BadKeyValue,
                "the name of a file in the folder is needed here, relative to it and without a dot before it.");

    private static string ContentType(string text) => Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(text, out _)
        ? text
        : throw new SettingException(ErrorCode.BadKeyValue, "a type such as \"text/html; charset=utf-8\" is needed here.");

    private static string CookieName(RouteValue value) =>
        value.Text("\"my-cookie\"") is var name && name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.')
            ? name
            : throw value.Bad("a cookie's name has letters, digits, - and _.");

    private static RouteText Target(RouteValue value)
    {
        var text = value.All(RouteText.Parse)[0];
        // What an attacker writes into the path must not become the end of the host's name, or the whole of it.
        var scheme = text.Text.IndexOf("://", StringComparison.Ordinal);
        var authority = scheme < 0 ? "" : text.Text[(scheme + 3)..];
        authority = authority.IndexOfAny(['/', '?', '#']) is >= 0 and var end ? authority[..end] : authority;
        var inAuthority = RouteText.Parse(authority).Parts;
        for (var i = 0; i < inAuthority.Count; i++)
        {
            var isEnd = i == inAuthority.Count - 1;
            if (inAuthority[i].Variable is RouteVariable.Capture or RouteVariable.Query
                || (inAuthority[i].Variable is RouteVariable.Path or RouteVariable.RequestUri && (!isEnd || i == 0)))
            {
                throw value.Bad(
                    "what the client sends would become a part of the host here. Put a slash before it: https://example.org/$1.");
            }
        }
        var starts = text.Parts is [{ Variable: RouteVariable.None } first, ..] ? first.Literal : "";
        var isOk = scheme > 0
            ? starts.StartsWith("http://", StringComparison.Ordinal)
                || starts.StartsWith("https://", StringComparison.Ordinal)
                || text.Text.StartsWith("$scheme://", StringComparison.Ordinal)
            : text.Text.StartsWith('/') || text.Parts is [{ Variable: RouteVariable.Path or RouteVariable.RequestUri }, ..];
        return isOk && !text.Text.Any(static one => one is <= ' ' or '\x7f' or '\\')
            ? text
            : throw value.Bad("an address such as \"https://example.org/$1\" or \"/new/$1\" is needed here, without spaces.");
    }

    private string Page(RouteValue value)
    {
        var path = System.IO.Path.GetFullPath(value.Text("\"maintenance.html\""), context.Folder);
        try
        {
            return new FileInfo(path).Length <= LargestPage
                ? File.ReadAllText(path)
                : throw value.Bad("a page of at most 1 MB is needed here.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var isMissing = error is FileNotFoundException or DirectoryNotFoundException;
            throw value.Bad(isMissing ? $"there is no such file: {path}." : error.Message);
        }
    }

    private static TimeSpan RetryAfter(RouteValue value)
    {
        if (!value.IsText)
        {
            return TimeSpan.FromSeconds(value.Whole(1, 86400));
        }
        try
        {
            return Values.Duration(value.Text("\"5m\""), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        }
        catch (SettingException problem)
        {
            throw value.Bad(problem.Message);
        }
    }
}
