using System.Text.RegularExpressions;

namespace Hotplate.Settings;

/// <summary>What a Python file offers that could be served, as far as its text tells.</summary>
/// <param name="Attribute">What belongs behind the colon: null where a worker finds it by itself, a name, or a factory's call.</param>
/// <param name="What">For people: <c>it defines "app"</c>. Null: there is nothing to be served in it.</param>
/// <param name="IsCertain">It is made by something that is known to make WSGI applications.</param>
/// <param name="Note">Why something in it that looks like an application is none; null: there is no such thing.</param>
internal sealed partial record PythonModule(string? Attribute, string? What, bool IsCertain, string? Note)
{
    private static readonly string[] s_names = ["app", "application"];
    private static readonly string[] s_factories = ["create_app", "make_app"];

    private static readonly PythonModule s_nothing = new(null, null, IsCertain: false, Note: null);

    /// <param name="text">Of the file.</param>
    public static PythonModule Read(string text)
    {
        var values = Bound(PythonOutline.Statements(text));
        string? note = null;
        foreach (var name in s_names.Where(values.ContainsKey))
        {
            var value = values[name];
            if (Foreign().Match(value) is { Success: true } foreign)
            {
                note ??= Asgi().IsMatch(value)
                    ? $"makes an application with {foreign.Groups["maker"].Value}, which speaks ASGI; Hotplate serves WSGI"
                    : $"has a name {name}, but made by {foreign.Groups["maker"].Value}, which makes no WSGI application";
                continue;
            }
            // Dash: what is called app is none, and what is served is its server.
            if (Dash().IsMatch(value) && values.GetValueOrDefault("server", "").StartsWith(name + ".server", StringComparison.Ordinal))
            {
                return new PythonModule("server", "it defines \"server\", Dash's WSGI application", IsCertain: true, note);
            }
            return new PythonModule(null, $"it defines \"{name}\"", Maker().IsMatch(value) || value.StartsWith("from ", StringComparison.Ordinal), note);
        }
        var others = values.Where(static pair => Maker().IsMatch(pair.Value)).Select(static pair => pair.Key).ToList();
        if (others.Count > 0)
        {
            return new PythonModule(others.Count == 1 ? others[0] : null, $"it defines \"{others[0]}\"", IsCertain: true, note);
        }
        foreach (var name in s_factories.Where(values.ContainsKey))
        {
            if (!NeedsArguments(values[name]))
            {
                return new PythonModule($"{name}()", $"it has the factory {name}", IsCertain: true, note);
            }
            note ??= $"has a factory {name}, which needs arguments: name them, as in {name}(\"production\")";
        }
        return s_nothing with { Note = note };
    }

    /// <summary>True when the file defines a function of that name that is no WSGI application itself: calling it makes one.</summary>
    public static bool HasFactory(string text, string name) =>
        Bound(PythonOutline.Statements(text)).GetValueOrDefault(name, "") is var value && value.StartsWith("def ", StringComparison.Ordinal)
        && !Parameters(value).Skip(1).Take(1).Any(static second => second.StartsWith("start", StringComparison.Ordinal));

    /// <summary>The names that a module binds, each with what it is bound to: an expression, <c>def …</c>, <c>class …</c> or <c>from … import …</c>.</summary>
    private static Dictionary<string, string> Bound(IReadOnlyList<string> statements)
    {
        var bound = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var statement in statements)
        {
            if (Definition().Match(statement) is { Success: true } definition)
            {
                bound[definition.Groups["name"].Value] = statement;
            }
            else if (Import().Match(statement) is { Success: true } import)
            {
                foreach (var what in import.Groups["what"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    bound[what.Split(' ')[^1]] = statement;
                }
            }
            else
            {
                for (var rest = statement; Assignment().Match(rest) is { Success: true } assignment;)
                {
                    rest = assignment.Groups["value"].Value;
                    var last = rest;
                    while (Assignment().Match(last) is { Success: true } next)
                    {
                        last = next.Groups["value"].Value;
                    }
                    bound[assignment.Groups["name"].Value] = last;
                }
            }
        }
        return bound;
    }

    /// <summary>True when a call without arguments must fail. What is imported may need some, which nobody can see.</summary>
    private static bool NeedsArguments(string value)
    {
        if (!value.StartsWith("def ", StringComparison.Ordinal))
        {
            return value.StartsWith("async ", StringComparison.Ordinal);
        }
        var byName = false;
        foreach (var parameter in Parameters(value))
        {
            byName |= parameter.StartsWith('*');
            if (parameter is not "/" && !parameter.StartsWith('*') && !parameter.Contains('=', StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    private static IEnumerable<string> Parameters(string definition)
    {
        var (depth, from) = (0, definition.IndexOf('(', StringComparison.Ordinal) + 1);
        for (var at = from; from > 0 && at < definition.Length; at++)
        {
            if (depth == 0 && definition[at] is ',' or ')')
            {
                if (definition[from..at].Trim() is { Length: > 0 } parameter)
                {
                    yield return parameter;
                }
                from = at + 1;
                if (definition[at] == ')')
                {
                    yield break;
                }
            }
            depth += definition[at] is '(' or '[' or '{' ? 1 : definition[at] is ')' or ']' or '}' ? -1 : 0;
        }
    }

    [GeneratedRegex(@"^(async\s+)?(def|class)\s+(?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Definition();

    [GeneratedRegex(@"^from\s+\S+\s+import\s*\(?(?<what>[\w\s,]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Import();

    [GeneratedRegex(@"^(?<name>[A-Za-z_]\w*)\s*(:[^=]*)?=(?!=)\s*(?<value>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();

    [GeneratedRegex(
        @"^((\w+\.)*(Flask|APIFlask|OpenAPI|Bottle|default_app|get_wsgi_application|DispatcherMiddleware|SharedDataMiddleware|ProxyFix|WhiteNoise|WSGIApplication|create_app|make_app)|falcon\.(App|API)|.*\.(make_wsgi_app|wsgifunc|wsgi_app))\b",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Maker();

    [GeneratedRegex(
        @"^async def|^(\w+\.)*(?<maker>FastAPI|Starlette|Quart|Sanic|Litestar|BlackSheep|get_asgi_application|falcon\.asgi\.App|web\.Application|Typer|Celery|QApplication|Tk|CTk)\s*\(",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Foreign();

    [GeneratedRegex("FastAPI|Starlette|Quart|Sanic|Litestar|BlackSheep|asgi|^async", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Asgi();

    [GeneratedRegex(@"^(\w+\.)*Dash\s*\(", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dash();
}
