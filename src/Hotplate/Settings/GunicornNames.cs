using System.Globalization;

namespace Hotplate.Settings;

/// <summary>What becomes of each name of a gunicorn.conf.py: a setting of ours, a hook that is run, or a line that says that nothing does.</summary>
internal static class GunicornNames
{
    /// <summary>The names of settings that are not called like the flag.</summary>
    private static readonly Dictionary<string, string> s_settings = new(StringComparer.Ordinal)
    {
        ["keepalive"] = "keep-alive",
        ["preload_app"] = "preload",
        ["raw_env"] = "env",
        ["pidfile"] = "pid",
        ["proc_name"] = "name",
        ["accesslog"] = "access-logfile",
        ["access_log_format"] = "access-log-format",
        ["errorlog"] = "error-logfile",
        ["loglevel"] = "log-level",
        ["proxy_allow_ips"] = "proxy-allow-from",
    };

    /// <summary>gunicorn's own settings of the same name and meaning as a flag of ours.</summary>
    private static readonly HashSet<string> s_same =
    [
        "bind", "backlog", "workers", "threads", "max_requests", "max_requests_jitter", "timeout", "graceful_timeout", "limit_request_line", "limit_request_fields",
        "limit_request_field_size", "chdir", "pythonpath", "umask", "user", "group", "forwarded_allow_ips", "proxy_protocol", "paste",
    ];

    /// <summary>Those that run: python/hotplate_worker/hooks.py.</summary>
    public static IReadOnlySet<string> Hooks { get; } = new HashSet<string>(StringComparer.Ordinal) { "post_fork", "post_worker_init", "worker_exit", "child_exit" };

    /// <summary>gunicorn's hooks and other settings that have no flag there.</summary>
    private static readonly HashSet<string> s_unused =
    [
        "on_starting", "on_reload", "when_ready", "pre_fork", "worker_int", "worker_abort", "pre_exec", "pre_request", "post_request", "nworkers_changed", "on_exit",
        "ssl_context", "default_proc_name", "config",
    ];

    /// <summary>The target.</summary>
    public const string Target = "wsgi_app";

    /// <summary>Our setting of that name; null when there is none.</summary>
    public static Setting? SettingOf(string name) =>
        s_settings.TryGetValue(name, out var flag) ? SettingTable.Find("--" + flag) : s_same.Contains(name) ? SettingTable.Find("--" + name) : null;

    /// <summary>The values as the flag would take them.</summary>
    public static IEnumerable<string> TextFor(Setting setting, ConfiguredName said) => setting.Name switch
    {
        // A number in Python: 0o022, or 18.
        "umask" => said.Values!.Select(static value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) ? "0" + Convert.ToString(bits, 8) : value),
        _ => said.Values!,
    };

    /// <summary>What to tell of names that are not applied: one line for each with an explanation, one for all without.</summary>
    public static void Tell(GunicornConfiguration file, IEnumerable<ConfiguredName> rest, List<string> warnings, List<SettingsProblem> problems)
    {
        var silent = new List<string>();
        foreach (var said in rest)
        {
            if (GunicornTable.All.FirstOrDefault(flag => flag.NameInFile == said.Name) is { } flag)
            {
                TellOf(file, said, flag, warnings, problems);
            }
            else if (s_unused.Contains(said.Name) || s_settings.ContainsKey(said.Name) || s_same.Contains(said.Name))
            {
                silent.Add(said.Name);
            }
            else if (said.Values is not null && NearestWord.Of(said.Name, Known) is { } near)
            {
                warnings.Add($"{file.Path}: {said.Name} is no setting of gunicorn's. Did you mean {near}?");
            }
        }
        if (silent.Count > 0)
        {
            warnings.Add($"{file.Path}: no use is made of {string.Join(", ", silent)}. Hotplate runs the hooks {string.Join(", ", Hooks.Order(StringComparer.Ordinal))}: docs/move/gunicorn.md.");
        }
    }

    private static IEnumerable<string> Known => s_same.Concat(s_settings.Keys).Concat(GunicornTable.All.Select(static flag => flag.NameInFile)).Append(Target);

    // What is None, False or empty is as if it were not there.
    private static void TellOf(GunicornConfiguration file, ConfiguredName said, ForeignFlag flag, List<string> warnings, List<SettingsProblem> problems)
    {
        var isSet = said.Values is null || said.Values.Any(static value => value is not ("off" or ""));
        var advice = flag.Advice(said.Values is [var one] ? one : said.Type);
        if (isSet && advice.Text.Length > 0)
        {
            if (advice.IsRefused)
            {
                problems.Add(new SettingsProblem(ErrorCode.NotGunicorn, $"{file.Path}: {said.Name}", advice.Text));
            }
            else
            {
                warnings.Add($"{file.Path}: {said.Name}: {advice.Text}");
            }
        }
    }
}
