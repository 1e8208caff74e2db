using Hotplate.Tests.House;

namespace Hotplate.Tests.Fixtures;

/// <summary>A command line for a server, in the making.</summary>
internal sealed record ServerCommand(string App)
{
    private static readonly Dictionary<string, string> s_none = [];

    /// <summary>The first word: serve or dev.</summary>
    public string Verb { get; init; } = "serve";

    /// <summary>What to serve; empty: it is not named. The application's folder is the working directory.</summary>
    public string Target { get; init; } = "app:app";

    /// <summary>Null: the folder of that name in tests/apps.</summary>
    public string? Directory { get; init; }

    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Gives nothing but the target, the flags and a Python.</summary>
    public bool IsBare { get; init; }

    /// <summary>Modules that its Python must have; the test is skipped when none has.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>No interpreter is named: the server looks for each application's.</summary>
    public bool FindsPython { get; init; }

    /// <summary>How many lines about listening to wait for.</summary>
    public int Binds { get; init; } = 1;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = s_none;

    /// <summary>A program with its arguments that becomes the server: sh, -c, trap '' HUP; exec "$@", sh.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>The folder of one of the applications in tests/apps.</summary>
    public static string FolderOf(string app) => Path.Combine(Repository.Root, "tests", "apps", app);

    /// <summary>Starts it with one worker, on a free port and with a Python that has Flask, unless the flags say otherwise.</summary>
    public async Task<ServerProcess> LaunchAsync()
    {
        var front = await BuiltFront.PathAsync();
        List<string> arguments = [front, Verb, .. Target.Length == 0 ? Array.Empty<string>() : [Target], .. Flags];
        if (!IsBare)
        {
            Add("-b", "--bind", "127.0.0.1:0");
            if (Verb == "serve")
            {
                Add("-w", "--workers", "1");
            }
        }
        if (!FindsPython && !Flags.Contains("--venv"))
        {
            Add("--python", "--python", Needs.Count > 0 ? Pythons.With([.. Needs]) : Pythons.Usual);
        }
        List<string> words = [.. Through, .. arguments];
        return ServerProcess.Launch(words[0], words[1..], Directory ?? FolderOf(App), Environment);

        void Add(string letter, string name, string value)
        {
            if (!Flags.Contains(letter) && !Flags.Contains(name))
            {
                arguments.AddRange([letter, value]);
            }
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public async Task<ServerProcess> StartAsync()
    {
        var server = await LaunchAsync();
        try
        {
            await server.ListeningAsync(Binds);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
