using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>One route, or one limit, while it is read: its keys, each with its own reading, then what they are together.</summary>
internal sealed class RouteDraft(RouteKind kind, SourceSpan span, RouteContext context, ICollection<FileProblem> problems)
{
    private readonly ActionDraft action = kind.Draft(context);
    private readonly Dictionary<string, SourceSpan> spans = new(StringComparer.Ordinal);
    private readonly HashSet<string> unknown = new(StringComparer.Ordinal);
    private bool isWrong, isPathWrong;
    private RouteSettings route = new() { Place = context.Place(span), Action = new RouteAction.Fixed(404, null, "") };

    /// <summary>Where it begins.</summary>
    internal SourceSpan Span { get; } = span;

    /// <summary>A table of its own, [routes.header], which may be empty.</summary>
    internal void Begin(string key, KeySyntax name)
    {
        if (!kind.Keys.Contains(key.Split('.')[0], StringComparer.Ordinal))
        {
            Refuse(name.Span, key.Split('.')[0]);
        }
    }

    /// <param name="table">The rest of the table's name: <c>header</c> of [routes.header]; empty: the route's own.</param>
    internal void Take(string table, KeyValueSyntax pair)
    {
        var words = TomlKey.Of(pair.Key!);
        if (table.Length == 0)
        {
            // A dot may stand in the name of a quoted key alone.
            table = TomlKey.FirstOf(pair.Key!);
            words = words.Length > table.Length ? words[(table.Length + 1)..] : "";
        }
        var key = table.Split('.')[0];
        words = table.Length > key.Length ? $"{table[(key.Length + 1)..]}.{words}" : words;
        if (!kind.Keys.Contains(key, StringComparer.Ordinal))
        {
            Refuse(pair.Key!.Span, key);
            return;
        }
        spans.TryAdd(key, pair.Key!.Span);
        var value = RouteValue.Of(key, pair.Value!, words, pair.Key!.Span);
        try
        {
            if (!action.Take(value))
            {
                Take(value);
            }
        }
        catch (RouteValueException problem)
        {
            isPathWrong |= key == "path";
            Say(problem.Span, ErrorCode.BadKeyValue, problem.Word, problem.Message);
        }
    }

    /// <summary>Null: something is wrong with it, and was told.</summary>
    internal RouteSettings? Finish()
    {
        // What cannot be read contradicts nothing.
        var paths = isPathWrong ? [] : route.Paths;
        foreach (var (at, word, what) in action.Contradictions(Span, paths))
        {
            Say(at, kind.Code, word, what);
        }
        if (action.Made is not null and not RouteAction.Apps)
        {
            foreach (var word in new[] { "strip-prefix", "mount", "request-headers" }.Where(spans.ContainsKey))
            {
                Say(spans[word], ErrorCode.BadRoute, word, "it is for what an application gets, and this route has none.");
            }
        }
        if (route is { StripPrefix: not "", Mount: not "" })
        {
            const string both = "it cuts off the same as strip-prefix, and tells the application. Remove one of them.";
            Say(spans["mount"], ErrorCode.BadRoute, "mount", both);
        }
        else if ((route.StripPrefix + route.Mount) is { Length: > 0 } prefix)
        {
            var word = route.Mount.Length > 0 ? "mount" : "strip-prefix";
            foreach (var path in paths.Where(path => !IsBelow(path, prefix)))
            {
                var meant = $"path = \"{prefix}/*\" is what goes with it.";
                Say(spans[word], ErrorCode.BadRoute, word, $"the route takes paths that do not begin with it: {path}. {meant}");
            }
        }
        return isWrong || action.Made is not { } made ? null : route with { Action = made };
    }

    private static bool IsBelow(PathPattern path, string prefix)
    {
        var start = System.Text.Encoding.UTF8.GetBytes(prefix);
        return path.Head.StartsWith(start) && (path.Head.Length > start.Length ? path.Head[start.Length] == '/' : path.IsExact);
    }

    private void Take(RouteValue value)
    {
        route = value.Key switch
        {
            "host" => route with { Hosts = value.All(HostPattern.Parse) },
            "path" => route with { Paths = value.All(PathPattern.Parse) },
            "method" => WithMethods(value),
            "scheme" => route with { Https = value.Word("http", "https") == 1 },
            "header" => route with { Headers = [.. route.Headers, .. value.Conditions(ignoreCase: true, percent: false)] },
            "query" => route with { Queries = [.. route.Queries, .. value.Conditions(ignoreCase: false, percent: true)] },
            "cookie" => route with { Cookies = [.. route.Cookies, .. value.Conditions(ignoreCase: false, percent: false)] },
            "client" => WithClients(value),
            "name" => route with { Name = value.Name() },
            "strip-prefix" => route with { StripPrefix = value.Prefix() },
            "mount" => route with { Mount = value.Prefix() },
            "request-headers" => route with { RequestHeaders = value.Edits(route.RequestHeaders) },
            _ => route with { ResponseHeaders = value.Edits(route.ResponseHeaders) },
        };
    }

    private RouteSettings WithMethods(RouteValue value)
    {
        var methods = value.All(static text => text.TrimStart('!') is { Length: > 0 } name && name.All(char.IsAsciiLetter)
            ? text.ToUpperInvariant()
            : throw new SettingException(ErrorCode.BadKeyValue, "a method such as \"GET\" or \"!GET\" is needed here."));
        return route with
        {
            Methods = [.. methods.Where(static one => one[0] != '!')],
            RefusedMethods = [.. methods.Where(static one => one[0] == '!').Select(static one => one[1..])],
        };
    }

    private RouteSettings WithClients(RouteValue value)
    {
        var networks = value.All(static text =>
            (Refused: text.StartsWith('!'), Network: ClientCondition.Network(text.StartsWith('!') ? text[1..] : text)));
        return route with
        {
            Clients = new ClientCondition(
                [.. networks.Where(static one => !one.Refused).Select(static one => one.Network)],
                [.. networks.Where(static one => one.Refused).Select(static one => one.Network)]),
        };
    }

    private void Say(SourceSpan at, string code, string word, string what)
    {
        isWrong = true;
        problems.Add(new(at, code, word, what));
    }

    /// <summary>Once for each: a table of its own has lines too.</summary>
    private void Refuse(SourceSpan at, string key)
    {
        if (unknown.Add(key))
        {
            var meant = NearestWord.Of(key, kind.Keys) is { } near ? $"Did you mean {near}?" : $"There are {string.Join(", ", kind.Keys)}.";
            Say(at, ErrorCode.UnknownKey, key, $"there is no such key in a {kind.Word}. {meant}");
        }
    }
}
