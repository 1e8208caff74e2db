using System.Diagnostics;
using System.Globalization;

namespace Hotplate.Tests.Fixtures;

/// <summary>A running pebble: an authority for trials, which asks back at <see cref="Http"/> and <see cref="Tls"/>.</summary>
internal sealed class Pebble : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly AcmeDns dns;
    private readonly Process process;

    private Pebble(TemporaryFolder folder, bool eab, int badNonces)
    {
        Folder = folder;
        dns = new AcmeDns(System.IO.Directory.CreateDirectory(folder.File("dns")).FullName);
        var (certificate, key) = authority.Write(folder.Path, "pebble", "localhost", "127.0.0.1");
        folder.Write("pebble-ca.pem", authority.RootPem);
        var macs = eab ? ""","externalAccountMACKeys": {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}"""
            : "";
        var config = folder.Write("pebble.json", $$$"""
            {
              "pebble": {
                "listenAddress": "127.0.0.1:0", "managementListenAddress": "", "certificate": "{{{certificate}}}", "privateKey": "{{{key}}}",
                "httpPort": {{{Http.Port}}}, "tlsPort": {{{Tls.Port}}}, "ocspResponderURL": "",
                "externalAccountBindingRequired": {{{(eab ? "true" : "false")}}}{{{macs}}}
              }
            }
            """);
        var start = new ProcessStartInfo("pebble", ["-config", config, "-dnsserver", dns.EndPoint.ToString()!])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0";
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = badNonces.ToString(CultureInfo.InvariantCulture);
        process = Process.Start(start)!;
        _ = Log.ReadAsync(process.StandardOutput);
        _ = Errors.ReadAsync(process.StandardError);
    }

    public TemporaryFolder Folder { get; }

    /// <summary>Where it asks for http-01.</summary>
    public Forwarder Http { get; } = new();

    /// <summary>Where it asks for tls-alpn-01.</summary>
    public Forwarder Tls { get; } = new();

    public LineLog Log { get; } = new("pebble");

    public LineLog Errors { get; } = new("pebble's errors");

    public string Directory { get; private set; } = "";

    /// <summary>So that programs trust it.</summary>
    public string Trust => Folder.File("pebble-ca.pem");

    /// <summary>Requests for a path that begins so.</summary>
    public int Asked(string path) => Log.Lines.Count(line => line.Contains($"POST {path}", StringComparison.Ordinal));

    public static async Task<Pebble> StartAsync(TemporaryFolder folder, bool eab = false, int badNonces = 0)
    {
        var pebble = new Pebble(folder, eab, badNonces);
        var port = 0;
        await Patience.UntilAsync(
            () => (port = ProcessTable.ListeningPorts(pebble.process.Id).FirstOrDefault()) != 0 || pebble.process.HasExited,
                "pebble listens");
        Assert.False(pebble.process.HasExited, pebble.Log.Text + pebble.Errors.Text);
        pebble.Directory = $"https://127.0.0.1:{port}/dir";
        return pebble;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        Http.Dispose();
        Tls.Dispose();
        dns.Dispose();
        authority.Dispose();
    }
}
