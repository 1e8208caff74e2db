using Hotplate.Tests.Fixtures;
using Hotplate.Tests.House;

namespace Hotplate.Tests.RealApps;

/// <summary>Sites used by a person: headless Chromium, scripted (tests/browser).</summary>
[Trait("needs", "chromium chromium-driver python3-django")]
public sealed class BrowserTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Djangos_admin_works()
    {
        using var folder = new TemporaryFolder();
        await FinishedProgram.OutputOfAsync(Python, Script("make_django_site.py"), folder.File("site"));
        await using var server = await new ServerCommand("django")
        {
            Target = "bench.wsgi:application",
            Directory = folder.File("site"),
            Flags = ["-w", "2", "--python", Python],
        }.StartAsync();
        await FinishedProgram.OutputOfAsync(Python, Script("django_admin.py"), server.Addresses[0]);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_guestbook_works()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("guestbook")
        {
            Target = "app.py",
            Directory = Path.Combine(Repository.Root, "examples", "guestbook"),
            Flags = ["-w", "2"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["GUESTBOOK_DATA"] = folder.Path },
        }.StartAsync();
        await FinishedProgram.OutputOfAsync(Python, Script("guestbook.py"), server.Addresses[0]);
        await server.StopAsync();
    }

    private static string Script(string name) => Path.Combine(Repository.Root, "tests", "browser", name);
}
