using System.Net;
using System.Text;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.RealApps;

/// <summary>Radicale, a calendar server on plain WSGI that nobody here wrote: WebDAV's methods.</summary>
[Trait("needs", "radicale")]
public sealed class RadicaleTests(RadicaleTests.Radicale app) : IClassFixture<RadicaleTests.Radicale>
{
    private const string Event = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Hotplate//tests//EN
        BEGIN:VEVENT
        UID:trial-1
        DTSTAMP:20260101T000000Z
        DTSTART:20260102T100000Z
        DTEND:20260102T110000Z
        SUMMARY:Glühen
        END:VEVENT
        END:VCALENDAR
        """;

    /// <summary>Its settings are a file that a variable names; its data lies beside it.</summary>
    public sealed class Radicale : IAsyncLifetime
    {
        private readonly TemporaryFolder folder = new();
        private ServerProcess? server;

        internal ServerProcess Server => server!;

        public async ValueTask InitializeAsync()
        {
            var settings = folder.Write("config", $"[auth]\ntype = none\n[storage]\nfilesystem_folder = {folder.Path}/data\n");
            server = await new ServerCommand("radicale")
            {
                Target = "radicale:application",
                Directory = folder.Path,
                Flags = ["--python", "/usr/bin/python3", "-e", $"RADICALE_CONFIG={settings}"],
            }.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await using (Server)
            {
                await Server.StopAsync();
            }
            folder.Dispose();
        }
    }

    [Fact]
    public async Task A_calendar_is_made_filled_found_and_deleted()
    {
        using var client = new HttpClient { BaseAddress = new Uri(app.Server.Addresses[0]) };
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("marie:"u8));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(client, "MKCALENDAR", "/marie/lab/", ""));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(client, "PUT", "/marie/lab/trial-1.ics", Event.ReplaceLineEndings("\r\n"), "text/calendar"));

        var found = await AskAsync(client, "PROPFIND", "/marie/lab/", """<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>""", "1");
        Assert.Contains("trial-1.ics", found, StringComparison.Ordinal);

        var report = await AskAsync(client, "REPORT", "/marie/lab/", """
            <?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop>
            <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>
            """, "1");
        Assert.Contains("Glühen", report, StringComparison.Ordinal);

        Assert.Contains("SUMMARY:Glühen", await client.GetStringAsync(new Uri("/marie/lab/trial-1.ics", UriKind.Relative), Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(client, "DELETE", "/marie/lab/trial-1.ics", null));
        using var gone = await client.GetAsync(new Uri("/marie/lab/trial-1.ics", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task OPTIONS_names_its_methods()
    {
        var answer = await app.Server.SendAsync("OPTIONS", "/", null, "Authorization: Basic " + Convert.ToBase64String("marie:"u8));
        Assert.Equal(200, answer.Status);
        Assert.Contains("REPORT", answer["Allow"], StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string method, string path, string? body, string type = "application/xml")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };
        using var answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }

    private static async Task<string> AskAsync(HttpClient client, string method, string path, string body, string depth)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/xml") };
        request.Headers.Add("Depth", depth);
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.MultiStatus, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
