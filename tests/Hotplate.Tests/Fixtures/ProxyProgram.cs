using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Tests.Fixtures;

/// <summary>nginx, Apache or HAProxy with a fragment of the documentation, on ports and with a certificate of this test.</summary>
internal sealed class ProxyProgram : IDisposable
{
    /// <summary>Where clients seem to come from: of this machine, but not the address that the server trusts.</summary>
    public const string Client = "127.0.0.9";

    private readonly TemporaryFolder folder;
    private Process? process;

    public ProxyProgram(TemporaryFolder folder)
    {
        this.folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=shop.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        Certificate = folder.Write("cert.pem", certificate.ExportCertificatePem() + "\n");
        Key = folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem() + "\n");
        Both = folder.Write("both.pem", File.ReadAllText(Certificate) + File.ReadAllText(Key));
    }

    public string Certificate { get; }

    public string Key { get; }

    /// <summary>Certificate and key in one file, as HAProxy has it.</summary>
    public string Both { get; }

    public int Port { get; } = FreePorts.Take();

    public int TlsPort { get; } = FreePorts.Take();

    /// <summary>Skips the test when the program is not here.</summary>
    public static string Find(string name)
    {
        var program = $"/usr/sbin/{name}";
        Assert.SkipUnless(File.Exists(program), $"{name} is not installed");
        return program;
    }

    /// <summary>Lets it check its file, which must be right.</summary>
    public static Task CheckAsync(string program, params string[] arguments) => FinishedProgram.OutputOfAsync(program, arguments);

    public async Task StartAsync(string program, params string[] arguments)
    {
        process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await Patience.UntilAsync(
            async () =>
            {
                Assert.False(process.HasExited, $"{program} ended");
                try
                {
                    using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, TlsPort);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            $"{program} listens");
    }

    /// <summary>A client that takes any certificate, follows nothing, and connects from <see cref="Client"/> whatever host it asks.</summary>
    public HttpClient Browser() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectCallback = async (context, stop) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(Client), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.InitialRequestMessage.RequestUri!.Scheme == "https" ? TlsPort : Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    });

    public void Dispose()
    {
        if (process is { HasExited: false })
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        process?.Dispose();
        folder.Dispose();
    }
}
