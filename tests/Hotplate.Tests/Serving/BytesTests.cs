namespace Hotplate.Tests.Serving;

/// <summary>Variables, folders and targets that are not UTF-8 reach the application byte for byte.</summary>
public sealed class BytesTests
{
    // Becomes the server in a folder called café in Latin-1, in which the application is; @ in an argument stands for é in Latin-1.
    private const string Prepare = """
        import os, shutil, sys
        folder = os.fsencode(os.environ["PLACE"]) + b"/caf\xe9"
        os.mkdir(folder)
        shutil.copy(os.fsencode(os.getcwd()) + b"/app.py", folder)
        os.chdir(folder)
        words = [os.fsencode(word).replace(b"@", b"\xe9") for word in sys.argv[1:]]
        os.execvpe(words[0], words, {**os.environb, b"CAFE": b"\xff\xe9\xc3\xa9"})
        """;

    [Theory]
    [InlineData("app:create(\"caf@\")", "636166e9")]
    [InlineData("app.py", "6e6f6e65")]
    [InlineData("../caf@/app.py:create(\"@\")", "e9")]
    public async Task All_of_it(string target, string word)
    {
        using var folder = new TemporaryFolder();
        try
        {
            await using var server = await new ServerCommand("bytes")
            {
                Target = target,
                Flags = ["--pythonpath", "p@", "-e", "CAFE_FLAG=@x", "--pid", "pid", "--access-logfile", "access.log"],
                Through = ["python3", "-c", Prepare],
                Environment = new Dictionary<string, string> { ["PLACE"] = folder.Path },
            }.StartAsync();
            var told = (await server.GetAsync("/")).Json;
            Assert.Equal("ffe9c3a9", told.GetProperty("variable").GetString());
            Assert.Equal("e978", told.GetProperty("flag").GetString());
            Assert.Equal("636166e9", told.GetProperty("directory").GetString());
            Assert.Equal("636166e9", told.GetProperty("file").GetString());
            Assert.Contains("70e9", told.GetProperty("path").EnumerateArray().Select(entry => entry.GetString()));
            Assert.Equal(word, told.GetProperty("word").GetString());
            await server.StopAsync();
        }
        finally
        {
            await FinishedProgram.RunAsync("sh", "-c", $"rm -rf {folder.Path}/*");
        }
    }
}
