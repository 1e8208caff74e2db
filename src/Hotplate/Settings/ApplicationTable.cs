namespace Hotplate.Settings;

/// <summary>Settings of the application and its Python.</summary>
internal static class ApplicationTable
{
    /// <summary>Also what chooses one of several running servers.</summary>
    public static Setting Name { get; } = new(SettingGroup.Application, "name", "NAME", "The application's name in the log; the commands that ask a running server find it by that.")
    {
        Letter = 'n',
        Read = (draft, text) => draft.Name = Values.Name(text),
        Show = settings => settings.App.Name,
        DefaultText = "the module's",
    };

    public static IReadOnlyList<Setting> All { get; } =
    [
        Name,
        new(SettingGroup.Application, "chdir", "FOLDER", "The application's working directory, first on its import path.")
        {
            Read = (draft, text) => draft.Chdir = draft.FullPath(text),
            Show = settings => settings.App.Directory,
            DefaultText = "the current one, or the file's when TARGET is a file",
        },
        new(SettingGroup.Application, "pythonpath", "FOLDERS", "Further folders for the import path, with commas between.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.PythonPath.AddRange(text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(draft.FullPath)),
            Show = settings => string.Join(',', settings.App.PythonPath),
            DefaultText = "none",
        },
        new(SettingGroup.Application, "env", "NAME=VALUE", "A variable for the application's environment; may be given several times.")
        {
            Letter = 'e',
            Repeatable = true,
            Separator = '\n',
            Read = (draft, text) =>
            {
                var (name, value) = Values.Assignment(text);
                draft.Environment[name] = value;
            },
            // Values are often secrets.
            Show = settings => string.Join(' ', settings.App.Environment.Keys.Select(name => name + "=…")),
            DefaultText = "none",
        },
        new(SettingGroup.Application, "env-file", "FILE", "A file of NAME=VALUE lines for the application's environment, such as .env; may be given several times, and a later one wins. --env wins over it, it over "
            + "the environment that Hotplate was started with. It is read again at each reload.")
        {
            Repeatable = true,
            Read = static (draft, text) => draft.AddEnvFile(text),
            Show = settings => settings.App.EnvFiles.Count == 0 ? "none" : string.Join(',', settings.App.EnvFiles),
        },
        new(SettingGroup.Application, "paste", "FILE", "In the place of TARGET: a PasteDeploy file (site.ini), whose [app:main] is served; site.ini#admin is its [app:admin]. Its logging is set up too.")
        {
            Aliases = ["paster"],
            Read = static (draft, text) => draft.Paste = PasteFile.Find(draft, text),
            Show = settings => settings.App.Paste ?? "none",
            DefaultText = "none",
        },
        new(SettingGroup.Application, "python", "PYTHON", "The interpreter: a path, or a name on PATH such as python3.12.")
        {
            Read = (draft, text) => draft.Python = text,
            Show = settings => settings.App.Python,
            DefaultText = ".venv or venv beside the application, $VIRTUAL_ENV, the environment that Hotplate is installed in, python3 on PATH",
        },
        new(SettingGroup.Application, "venv", "FOLDER", "The virtual environment whose Python to use.")
        {
            Read = (draft, text) => draft.Venv = draft.FullPath(text),
            Show = settings => settings.App.Venv ?? "none",
            DefaultText = "see --python",
        },
        new(SettingGroup.Application, "config", "FILE|none", "A file of settings. One that ends in .toml is a hotplate.toml: docs/file.md. Any other is a gunicorn.conf.py. What it sets and Hotplate has is applied, weaker than flags and HOTPLATE_ variables; its hooks run in the "
            + "workers; a line names the rest. A reload runs the hooks anew, and takes settings from it at the next start.")
        {
            Letter = 'c',
            Read = ReadConfig,
            Show = settings => settings.File ?? settings.App.Config ?? "none",
            DefaultText = "hotplate.toml in the current folder, gunicorn.conf.py in the application's, if they are there",
        },
        new(SettingGroup.Application, "user", "USER", "Who the server and the application run as when root starts them, by name or number. Ports, logs and sockets that need root are opened "
            + "before; then root is given up for good: docs/privileges.md. Who runs it already changes nothing.")
        {
            Letter = 'u',
            Read = static (draft, text) => draft.User = text,
            Show = settings => settings.App.RunAs?.Name ?? "who starts it",
            DefaultText = "who starts it",
        },
        new(SettingGroup.Application, "group", "GROUP", "Their group, by name or number, when root starts them; the user's further groups stay.")
        {
            Letter = 'g',
            Read = static (draft, text) => draft.Group = text,
            Show = settings => settings.App.RunAs?.Group.ToString() ?? "the user's",
            DefaultText = "the user's",
        },
        new(SettingGroup.Application, "umask", "OCTAL", "The permissions that files of the server and the application do not get, as 022 or 0o022.")
        {
            Letter = 'm',
            Read = (draft, text) => draft.Umask = Values.Octal(text),
            Show = settings => settings.Umask is { } bits ? "0" + Convert.ToString(bits, 8) : "inherited",
            DefaultText = "inherited",
        },
        new(SettingGroup.Application, "mount", "/PREFIX", "The path to mount the application at (its SCRIPT_NAME). Requests outside get 404.")
        {
            PlatformVariable = "SCRIPT_NAME",
            Read = (draft, text) => draft.Mount = Values.Mount(text),
            Show = settings => settings.App.Mount.Length == 0 ? "/" : settings.App.Mount,
        },
        new(SettingGroup.Application, "preload", "on|auto|off", "Import the application once and fork the workers from that: they start in milliseconds and "
            + "share memory. auto: unless the import leaves behind what forked workers cannot share, as far as that can be seen. off: each worker imports for itself.")
        {
            Bare = "on",
            Read = (draft, text) => draft.Preload = text == "auto" ? Preload.Auto : Values.OnOff(text, or: "auto") ? Preload.On : Preload.Off,
            Show = settings => Word(settings.App.Preload),
        },
    ];

    private static void ReadConfig(SettingsDraft draft, string text)
    {
        var path = ConfigFile(draft, text);
        if (path.EndsWith(".toml", StringComparison.Ordinal))
        {
            draft.OwnFile = path;
        }
        else
        {
            draft.Config = path;
        }
    }

    private static string ConfigFile(SettingsDraft draft, string text)
    {
        if (text.StartsWith("python:", StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadConfig, "a module's name cannot be given here. Name its file: --config path/to/module.py.");
        }
        return text == "none" ? "" : draft.FullPath(text.StartsWith("file:", StringComparison.Ordinal) ? text["file:".Length..] : text);
    }

    /// <summary>As the flag and the zygote take it.</summary>
    internal static string Word(Preload preload) => preload switch
    {
        Preload.On => "on",
        Preload.Off => "off",
        _ => "auto",
    };
}
