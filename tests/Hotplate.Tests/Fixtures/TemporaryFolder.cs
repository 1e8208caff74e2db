namespace Hotplate.Tests.Fixtures;

/// <summary>An empty folder of one test, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hotplate-test-").FullName;

    /// <summary>The path of a file in it, whether it is there or not.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file, and the folders it needs; returns its path.</summary>
    public string Write(string name, string content = "")
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    /// <summary>Writes a file that may be executed.</summary>
    public string WriteProgram(string name)
    {
        var path = Write(name, "#!/bin/sh\n");
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
