using Hotplate.Tests.House;

namespace Hotplate.Tests.Packages;

/// <summary>A wheel of what was built for the tests, installed by pip into a fresh virtual environment, without a network.</summary>
public sealed class InstalledWheel : IAsyncLifetime
{
    internal TemporaryFolder Folder { get; } = new();

    internal string Wheel { get; private set; } = "";

    internal string Venv => Folder.File("venv");

    internal string Program => Path.Combine(Venv, "bin", "hotplate");

    internal string Python => Path.Combine(Venv, "bin", "python");

    /// <summary>What a release puts into every package, as packaging/wheel.py wants it.</summary>
    private string Tree => Folder.File("tree");

    public async ValueTask InitializeAsync()
    {
        await BuiltFront.PathAsync();
        // The front as a user gets it, also in ./test --quick, where an older one does.
        var front = Path.Combine(Repository.Root, "artifacts", "front", "hotplate");
        Assert.SkipUnless(File.Exists(front), "no native front is built: run ./test without --quick once");
        Copy(front, "bin/hotplate");
        Copy(Path.Combine(Repository.Root, "artifacts", "worker", "_hotplate.so"), "share/hotplate/_hotplate.so");
        foreach (var part in Directory.GetFiles(Path.Combine(Repository.Root, "python"), "*.py", SearchOption.AllDirectories))
        {
            Copy(part, Path.Combine("share/hotplate", Path.GetRelativePath(Repository.Root, part)));
        }
        Wheel = await MakeAsync("dist");
        await FinishedProgram.OutputOfAsync(Pythons.Usual, "-m", "venv", Venv);
        await FinishedProgram.OutputOfAsync(Python, "-m", "pip", "install", "--no-index", "--quiet", Wheel);
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes the wheel in a folder of that name; returns its path.</summary>
    internal async Task<string> MakeAsync(string name)
    {
        Directory.CreateDirectory(Folder.File(name));
        var script = Path.Combine(Repository.Root, "packaging", "wheel.py");
        await FinishedProgram.OutputOfAsync("env", "SOURCE_DATE_EPOCH=1700000000", Pythons.Usual, script, Tree, Folder.File(name), "0.1.0", "x86_64");
        return Assert.Single(Directory.GetFiles(Folder.File(name)));
    }

    private void Copy(string from, string place)
    {
        var path = Path.Combine(Tree, place);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(from, path);
    }
}
