using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using Hotplate.Certificates;
using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Checks;

/// <summary>Tries what a start would do, without serving and without disturbing who serves already.</summary>
internal static class ServerCheck
{
    /// <summary>Everything that is wrong, and the Python that loaded the application, or null when it did not.</summary>
    internal static (IReadOnlyList<Finding> Findings, string? Python) Run(ServerSettings settings)
    {
        var findings = settings.Binds.Select(ListenTrial.Explain).Append(MetricsTrial(settings.Control.Metrics)).Append(PidTrial(settings.Control.PidFile))
            .Append(ControlTrial(settings.Control.Socket)).Append(TemporaryTrial()).Concat(
            CertificateTrials(settings.Tls)).OfType<string>().Select(Finding.From).ToList();
        string? python = null;
        foreach (var app in settings.Tenants)
        {
            var before = findings.Count;
            python = Load(app, findings) ?? python;
            for (var i = before; i < findings.Count && settings.Apps.Count > 0; i++)
            {
                findings[i] = findings[i] with { Text = $"[apps.{app.App.Name}] {findings[i].Text}" };
            }
        }
        return (findings, python);
    }

    private static string? Load(ServerSettings settings, List<Finding> findings)
    {
        var limit = settings.Reload.StartTimeout;
        try
        {
            var files = WorkerFiles.Find();
            // The process itself looks at the clock first, and tells where its import stands.
            var begun = Stopwatch.GetTimestamp();
            var instructions = ErrandText.Make("load", settings.App, files.Extension, limit, settings.Workers.Count);
            var (report, status) = Errand.Run(settings.App, files.Boot, instructions, limit + TimeSpan.FromSeconds(5));
            if (report is not { } said)
            {
                findings.Add(status is { } end && (Stopwatch.GetElapsedTime(begun) < limit || ExitReason.FromStatus(end) is not { Code: 1 })
                    ? EndedWith(ExitReason.FromStatus(end))
                    : new Finding("HP504", $"{settings.App.Target}: it was not imported within {Values.Show(limit)} (--start-timeout), hooks included. "
                        + "Where it stood is above, unless it hung in native code."));
                return null;
            }
            if (said.TryGetProperty("code", out var code))
            {
                findings.Add(new Finding(code.GetString()!, said.GetProperty("message").GetString()!));
                return null;
            }
            return said.GetProperty("python").GetString();
        }
        catch (Win32Exception error)
        {
            findings.Add(Finding.From(StartFailure.Explain(settings.App, error)));
        }
        catch (FileNotFoundException error)
        {
            // Its message begins with its code.
            var text = error.Message.Split("  ", 2);
            findings.Add(text is [['H', 'P', ..] code, var rest] ? new Finding(code, rest) : new Finding("HP208", error.Message));
        }
        catch (IOException error)
        {
            findings.Add(Finding.From(error.Message));
        }
        return null;
    }

    // Exit code 3: boot.py has refused this Python, in its own words on stderr.
    private static Finding EndedWith(ExitReason reason) => reason is { Code: 3 }
        ? new Finding("HP207", "this Python cannot be used; why is above.")
        : new Finding("HP505", $"its process ended while the application was imported or its hooks ran ({reason}): it called os._exit, was killed, "
            + "or crashed in native code. What it wrote is above.");

    private static IEnumerable<string> CertificateTrials(TlsSettings tls)
    {
        foreach (var files in CertificateFiles.All(tls))
        {
            string? wrong = null;
            try
            {
                _ = files.Read(new TlsOptions(tls));
            }
            catch (CertificateException error)
            {
                wrong = error.Message;
            }
            if (wrong is not null)
            {
                yield return wrong;
            }
        }
    }

    private static string? MetricsTrial(IPEndPoint? endPoint) =>
        endPoint is null || ListenTrial.Explain(new BindAddress { Text = endPoint.ToString(), EndPoint = endPoint }) is not { } wrong
            ? null
            : $"HP408  --metrics {Finding.From(wrong).Text.Replace("--bind", "--metrics", StringComparison.Ordinal)}";

    private static string? PidTrial(string? path) =>
        path is null ? null
        : PidFile.OwnerOf(path) is { } pid ? $"HP403  --pid {path}: process {pid} runs and has this file. Stop it, or choose another file."
        : Reach.MayMakeIn(Path.GetDirectoryName(path)!) ? null
        : $"HP403  --pid {path}: this user ({Environment.UserName}) may not make files in {Path.GetDirectoryName(path)}. Choose another one.";

    private static string? ControlTrial(string? path) =>
        path is null or ControlSettings.Auto ? null
        : ControlSocketFile.WhatIsAt(path) is { } wrong ? wrong
        : Reach.MayMakeIn(Path.GetDirectoryName(path)!) ? null
        : $"HP401  --control {path}: this user ({Environment.UserName}) may not make a socket in {Path.GetDirectoryName(path)}. Choose another path, or none.";

    private static string? TemporaryTrial()
    {
        string[] folders = [.. new[] { Path.GetTempPath(), "/tmp/", "/var/tmp/" }.Distinct(StringComparer.Ordinal)];
        return folders.Any(Reach.MayMakeIn)
            ? null
            : $"HP601  {string.Join(", ", folders)}: this user ({Environment.UserName}) may not make files in any of them, so large bodies have no place. Name a folder in TMPDIR.";
    }
}
