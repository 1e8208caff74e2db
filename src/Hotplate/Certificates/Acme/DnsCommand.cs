using System.ComponentModel;
using System.Diagnostics;
using Hotplate.Observability;

namespace Hotplate.Certificates.Acme;

/// <summary>The user's program that makes and removes TXT records: RFC 8555 §8.4.</summary>
/// <remarks>
/// It is run as <c>PROGRAM add|remove _acme-challenge.example.org VALUE</c>, and has done it when it ends: the record can be asked for
/// then.
/// </remarks>
internal sealed class DnsCommand(string program)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <exception cref="AcmeException">It failed, or took too long.</exception>
    internal async Task RunAsync(string what, string name, string value, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Longest);
        var start = new ProcessStartInfo(program, [what, $"_acme-challenge.{name}", value])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            try
            {
                var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token),
                    process.StandardError.ReadToEndAsync(patience.Token));
                await process.WaitForExitAsync(patience.Token);
                if (process.ExitCode != 0)
                {
                    var said = (await errors).Length > 0 ? await errors : await output;
                    throw new AcmeException("", $"--acme-dns-command {program} {what} ended with {process.ExitCode}: "
                        + $"{Visible.Line(said.Trim())}");
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                throw new AcmeException("", $"--acme-dns-command {program} {what} did not end within {Longest.TotalMinutes} minutes");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (Win32Exception error)
        {
            throw new AcmeException("", $"--acme-dns-command {program}: it cannot be run: {error.Message}", error);
        }
    }
}
