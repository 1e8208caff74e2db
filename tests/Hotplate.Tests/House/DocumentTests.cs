using System.Text;
using System.Text.RegularExpressions;
using Hotplate.Settings;

namespace Hotplate.Tests.House;

/// <summary>Documents that name settings and codes say what the code says.</summary>
public partial class DocumentTests
{
    [Fact]
    public void The_page_of_settings_is_made_from_the_table()
    {
        var path = Path.Combine(Repository.Root, "docs/settings.md");
        var expected = SettingsPage();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") is { Length: > 0 })
        {
            File.WriteAllText(path, expected);
        }
        Assert.True(expected == File.ReadAllText(path), "docs/settings.md differs from the table in src/Hotplate/Settings. Write it anew: UPDATE_DOCS=1 ./test DocumentTests");
    }

    [Fact]
    public void Every_property_of_the_records_can_be_set()
    {
        // Those that follow from others, or from the target.
        string[] derived =
        [
            "Target", "Script", "PythonFoundBy", "Defaults", "App", "Workers", "Http", "Log", "Reload", "Recycle", "Control", "Development",
            "IsPublic", "IsAuto", "Apps", "Tenants", "IsForSeveral", "Routes", "RoutesText", "Limits", "FileText", "Tls", "HasCertificates",
            "LocalAuthority", "Acme", "IsWanted",
        ];
        var table = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src/Hotplate/Settings"), "*Table.cs").Select(File.ReadAllText));
        var missing =
            from type in new[]
            {
                typeof(AppSettings), typeof(WorkerSettings), typeof(HttpSettings), typeof(LogSettings), typeof(ReloadSettings),
                    typeof(RecycleSettings),
                typeof(TlsSettings), typeof(AcmeSettings), typeof(ControlSettings), typeof(ServerSettings),
            }
            from property in type.GetProperties()
            where !derived.Contains(property.Name) && !table.Contains($".{property.Name}", StringComparison.Ordinal)
            select $"{type.Name}.{property.Name}";
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_code_has_its_section_and_every_section_its_code()
    {
        var used = Repository.Files("src", "*.cs").Concat(Repository.Files("python", "*.py"))
            .SelectMany(path => Code().Matches(File.ReadAllText(path)).Select(match => match.Value)).ToHashSet();
        var documented = Heading().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/errors.md"))).Select(match => match.Groups[1].Value).ToList();
        Assert.Empty(used.Except(documented));
        Assert.Empty(documented.Except(used));
        Assert.Equal(documented.Order(StringComparer.Ordinal).Distinct(), documented);
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken =
            from page in DocumentedPage.All
            from Match match in Link().Matches(page.Text)
            let folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page.Name))!
            let target = match.Groups[1].Value is { Length: > 0 } path ? Path.GetFullPath(path, folder) : Path.Combine(Repository.Root, page.Name)
            where !Path.Exists(target) || (match.Groups[2].Value is { Length: > 0 } place && !Headings(target).Contains(place))
            select $"{page.Name} → {match.Value}";
        Assert.Empty(broken);
    }

    [Fact]
    public void The_index_names_every_page()
    {
        var index = DocumentedPage.Of("docs/README.md").Text;
        Assert.Empty(
            from page in DocumentedPage.All
            where page.Name.StartsWith("docs/", StringComparison.Ordinal) && !page.Name.StartsWith("docs/decisions/", StringComparison.Ordinal) && page.Name != "docs/README.md"
            where !index.Contains($"]({page.Name["docs/".Length..]})", StringComparison.Ordinal)
            select page.Name);
    }

    [Fact]
    public void Lines_of_pages_for_readers_in_a_hurry_fit_a_screen()
    {
        Assert.Empty(
            from page in DocumentedPage.All
            where Narrow().IsMatch(page.Name)
            from line in page.Text.Split('\n').Index()
            where line.Item.Length > 140
            select $"{page.Name}:{line.Index + 1}");
    }

    /// <summary>The places in a page that a link can name, as GitHub names them.</summary>
    private static IEnumerable<string> Headings(string path) =>
        path.EndsWith(".md", StringComparison.Ordinal)
            ? AnyHeading().Matches(File.ReadAllText(path)).Select(static match => NotInPlace().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))
            : [];

    private static string SettingsPage()
    {
        var page = new StringBuilder("""
            # Settings

            Every setting is a flag and a variable; a flag wins over a variable, a variable over the default. `hotplate config TARGET …` shows
            every effective value and where it came from, `hotplate check TARGET …` every problem.

            Times are seconds (`30`) or have a unit (`500ms`, `1.5s`, `2m`, `1h`). Sizes are bytes or have a unit (`500K`, `10M`, `2G`; 1024 each).
            A variable that is empty counts as not set. Where gunicorn has a flag for the same thing, ours has its name and meaning.
            This page is made from `src/Hotplate/Settings`; a test keeps it so.

            ## TARGET

            `shop:app` is the object `app` in the module `shop`; `shop` its `app`, its `application`, or its only WSGI callable;
            `'shop:create_app("x", debug=True)'` what the factory returns, called with literals. The path of a file may stand in the module's
            place: `src/shop/app.py`. A file of a package is imported as what it is in there, so its relative imports work.

            A file whose name does not end in `.py` is a script: `shop.wsgi`, as mod_wsgi's are called, or `/usr/bin/keystone-wsgi-public`. It is
            run as a module that nothing else imports, so `django.wsgi` may import `django`; its folder comes first on the import path, and its
            `application` is served, or what stands behind a colon. Where a module has the name of a script in the current folder, as Django's
            `mysite.wsgi` may, the module is meant, and `./mysite.wsgi` is the file. A name with neither a dot nor a slash is a module's.


            """);
        foreach (var group in SettingTable.All.GroupBy(setting => setting.Group))
        {
            page.Append($"## {group.Key}\n\n");
            foreach (var setting in group)
            {
                AppendSetting(page, setting);
            }
        }
        return page.ToString().TrimEnd() + "\n";
    }

    private static void AppendSetting(StringBuilder page, Setting setting)
    {
        var letter = setting.Letter is { } one ? $"-{one}, " : "";
        var separator = setting.Separator == '\n' ? "a line end" : "a comma";
        var several = setting.Repeatable ? $" (several with {separator} between)" : "";
        var platform = setting.PlatformVariable is { } name ? $", else `{name}`" : "";
        page.Append($"### `{letter}{setting.Flag} {setting.Hint}`\n\n{setting.Summary}\n\n")
            .Append($"Default: {setting.DescribeDefault()}. Variable: `{setting.Variable}`{several}{platform}.\n\n");
    }

    [GeneratedRegex(@"HP\d{3}")]
    private static partial Regex Code();

    [GeneratedRegex(@"^## (HP\d{3})\b", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex AnyHeading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInPlace();

    [GeneratedRegex("^(README|docs/(README|why|trouble|security|(deploy|move)/.*))\\.md$")]
    private static partial Regex Narrow();
}
