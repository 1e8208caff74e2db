using Hotplate.Linux;

namespace Hotplate.Settings;

/// <summary>Which application to run, with which Python, and where it is mounted.</summary>
internal sealed record AppSettings
{
    /// <summary>What stands after <c>serve</c>: <c>module:app</c>, <c>module</c>, <c>module:factory()</c>, or a script's path in the module's place.</summary>
    public required string Target { get; init; }

    /// <summary>The file that is run as the application's module although its name does not end in .py, absolute, or null.</summary>
    public string? Script { get; init; }

    /// <summary>The name in logs and metrics: the module's, unless set.</summary>
    public string Name { get; init; } = "app";

    /// <summary>The application's working directory, absolute; first on its import path. Default: where hotplate was started.</summary>
    public required string Directory { get; init; }

    /// <summary>The interpreter, an absolute path: --python, --venv, .venv or venv beside the app, $VIRTUAL_ENV, python3 on PATH.</summary>
    public required string Python { get; init; }

    /// <summary>Why this interpreter: <c>--venv</c>, <c>.venv beside the application</c>; for messages.</summary>
    public string PythonFoundBy { get; init; } = "";

    /// <summary>The virtual environment that the interpreter belongs to, or null; for messages.</summary>
    public string? Venv { get; init; }

    /// <summary>Further directories for the import path, in order (--pythonpath, comma-separated, repeatable).</summary>
    public IReadOnlyList<string> PythonPath { get; init; } = [];

    /// <summary>Environment variables set for the application only (-e KEY=VALUE).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Who the application and the whole server run as (--user, --group); null: who starts them.</summary>
    public Identity? RunAs { get; init; }

    /// <summary>Files of variables, absolute (--env-file): read whenever a Python is started. --env wins over them, they over the front's own environment.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>The PasteDeploy file that the application is made from, absolute, perhaps with a name behind a #; null: there is none.</summary>
    public string? Paste { get; init; }

    /// <summary>The gunicorn.conf.py whose hooks run, if it is there; null: none is read. Default: that in <see cref="Directory"/>.</summary>
    public string? Config { get; init; }

    /// <summary>
    /// True: SERVER_SOFTWARE is in the application's environment, as gunicorn sets it. web.py, and others that look for it, take an environment without for a
    /// developer's and show their debug page to clients. False in <c>hotplate dev</c> as long as only this machine can reach it.
    /// </summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>SCRIPT_NAME: the path the application is mounted at; empty or "/prefix", no slash at its end. Requests outside get 404.</summary>
    public string Mount { get; init; } = "";

    /// <summary>Import the application once, in a template, and fork the workers from it, instead of importing it in every worker. Default off.</summary>
    public Preload Preload { get; init; } = Preload.Off;
}
