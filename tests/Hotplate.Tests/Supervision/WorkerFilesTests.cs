using Hotplate.Supervision;
using Hotplate.Tests.Settings;

namespace Hotplate.Tests.Supervision;

/// <summary>Where an installation has the parts that run in the application's Python.</summary>
public sealed class WorkerFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("env/share/hotplate", "env/bin")]
    [InlineData("usr/lib/hotplate", "usr/bin")]
    [InlineData("clone", "clone/artifacts/front")]
    public void Beside_the_program(string parts, string program)
    {
        _folder.Write($"{parts}/python/hotplate_worker/boot.py");
        _folder.Write($"{parts}/_hotplate.so");
        Directory.CreateDirectory(Path.Combine(_folder.Path, program));
        var found = WorkerFiles.Find(home: null, Path.Combine(_folder.Path, program));
        Assert.Equal((Path.Combine(_folder.Path, parts, "python/hotplate_worker/boot.py"), Path.Combine(_folder.Path, parts, "_hotplate.so")), (found.Boot, found.Extension));
    }

    [Fact]
    public void Where_HOTPLATE_HOME_says()
    {
        _folder.Write("home/python/hotplate_worker/boot.py");
        _folder.Write("home/artifacts/worker/_hotplate.so");
        Assert.Equal(Path.Combine(_folder.Path, "home/artifacts/worker/_hotplate.so"), WorkerFiles.Find(Path.Combine(_folder.Path, "home"), "/nonexistent").Extension);
    }

    [Fact]
    public void Not_in_a_folder_further_up_which_may_be_anybodys()
    {
        _folder.Write("python/hotplate_worker/boot.py");
        _folder.Write("_hotplate.so");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "a/b/bin"));
        var error = Assert.Throws<FileNotFoundException>(() => WorkerFiles.Find(home: null, Path.Combine(_folder.Path, "a/b/bin")));
        Assert.Contains("HP608  this installation of Hotplate is not whole: nothing of it is in ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        _folder.Write("share/hotplate/python/hotplate_worker/boot.py");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "bin"));
        var error = Assert.Throws<FileNotFoundException>(() => WorkerFiles.Find(home: null, Path.Combine(_folder.Path, "bin")));
        Assert.Contains(Path.Combine(_folder.Path, "share/hotplate/_hotplate.so") + " is missing", error.Message, StringComparison.Ordinal);
    }
}
