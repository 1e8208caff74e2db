namespace Hotplate.Settings;

/// <summary>What <c>hotplate dev</c> sets in place of the defaults, and what it decides whatever was said.</summary>
internal static class DevelopmentDefaults
{
    /// <summary>Requests that a replaced worker has in hand get this long: somebody waits for the new one.</summary>
    private static readonly TimeSpan Graceful = TimeSpan.FromSeconds(1);

    public static SettingsDraft Begin(SettingsDraft draft)
    {
        draft.GracefulTimeout = Graceful;
        // A breakpoint waits for a person.
        draft.Workers = draft.Workers with { Timeout = TimeSpan.Zero };
        draft.Log = draft.Log with { AccessLogFile = "-", AccessLogFormat = AccessLogFormat.Short };
        draft.Reload = draft.Reload with { Watch = TimeSpan.Zero };
        return draft;
    }

    /// <summary>After everything was read. One worker: the frames that a debugger shows live in it.</summary>
    public static void Finish(SettingsDraft draft, Func<string, string?> sourceOf, IReadOnlyDictionary<string, string> environment, List<string> warnings)
    {
        if (draft.Workers.Count > 1 && sourceOf("workers") is { } flag && flag.StartsWith('-'))
        {
            warnings.Add($"dev runs one worker; {flag} {draft.Workers.Count} is for hotplate serve.");
        }
        if (draft.Preload == Preload.On && sourceOf("preload") is { } preload && preload.StartsWith('-'))
        {
            warnings.Add($"dev loads the application in its worker; {preload} is for hotplate serve.");
        }
        draft.Workers = draft.Workers with { Count = 1, Least = null, Most = null };
        draft.Preload = Preload.Off;
        if (draft.Tls is { IsLocal: true, HasCertificates: false })
        {
            var folder = DataFolder.Of("dev");
            draft.Tls = draft.Tls with { LocalAuthority = folder, CertFiles = [Path.Combine(folder, "localhost.pem")] };
        }
        if (sourceOf("bind") == "PORT")
        {
            // A platform's port is for everyone; what is being worked on is not.
            var port = draft.Binds[0].EndPoint!.Port;
            draft.Binds.Clear();
            draft.Binds.Add(BindAddressText.Parse($"127.0.0.1:{port}"));
        }
        var open = draft.Binds.FirstOrDefault(static bind => bind.EndPoint is { } place && !System.Net.IPAddress.IsLoopback(place.Address));
        if (open is not null)
        {
            warnings.Add($"--bind {open.Text} is open to other machines; Flask's debug mode stays off unless FLASK_DEBUG is set.");
        }
        // What `flask run --debug` would set: debug mode, an app.run() in the module that does nothing, and the debugger's PIN on the terminal.
        draft.IsPublic = open is not null;
        Add("FLASK_DEBUG", open is null ? "1" : "0");
        Add("FLASK_RUN_FROM_CLI", "true");
        Add("WERKZEUG_RUN_MAIN", "true");

        void Add(string name, string value)
        {
            if (!environment.ContainsKey(name) && !draft.FileVariables.ContainsKey(name))
            {
                draft.Environment.TryAdd(name, value);
            }
        }
    }
}
