using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Tests.House;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Hotplate.Tests.Fixtures;

/// <summary>The routes of a file, read from its text.</summary>
internal static class RouteFile
{
    internal static (IReadOnlyList<RouteSettings> Routes, IReadOnlyList<FileProblem> Problems) Read(
        string text, string folder = "/srv", params string[] apps) => Read(RouteKind.Routes, text, folder, apps);

    /// <summary>The tables of a kind.</summary>
    internal static (IReadOnlyList<RouteSettings> Routes, IReadOnlyList<FileProblem> Problems) Read(
        RouteKind kind, string text, string folder = "/srv", params string[] apps)
    {
        var document = SyntaxParser.Parse(text, "hotplate.toml", validate: true);
        Assert.Empty(document.Diagnostics);
        var problems = new List<FileProblem>();
        var context = new RouteContext(static span => $"hotplate.toml:{span.Start.Line + 1}", folder, apps.Length == 0 ? null : apps);
        var routes = RouteReader.Read(kind, document.Tables, context, problems);
        return (routes, [.. problems.OrderBy(static one => one.Span.Start.Offset)]);
    }

    /// <summary>What is wrong in each block of one of the files beside the tests of settings: "=== CODE LINE:COLUMN WORD", then the
    /// text.</summary>
    internal static TheoryData<string, string> Broken(string name)
    {
        var data = new TheoryData<string, string>();
        var text = File.ReadAllText(Path.Combine(Repository.Root, "tests/Hotplate.Tests/Settings", name));
        foreach (var block in text.Split("\n=== ").Skip(1))
        {
            var end = block.IndexOf('\n', StringComparison.Ordinal);
            data.Add(block[..end], block[(end + 1)..].TrimEnd() + "\n");
        }
        return data;
    }

    /// <summary>Nothing may be wrong with it.</summary>
    internal static RouteTable Table(string text)
    {
        var (routes, problems) = Read(text);
        Assert.Empty(problems);
        return new RouteTable([.. routes.Select(static route => new Route(route, null))]);
    }

    /// <summary>One route: its keys.</summary>
    internal static RouteSettings One(string keys, string folder = "/srv")
    {
        var (routes, problems) = Read("[[routes]]\n" + keys, folder);
        Assert.Empty(problems);
        return Assert.Single(routes);
    }
}
