using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

/// <summary>What is told of where an import stands, from faulthandler's text.</summary>
public class ImportStackTests
{
    private const string Machinery = """
          File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed
          File "/usr/lib/python3/hotplate_worker/load.py", line 121 in import_module
        """;

    [Fact]
    public void It_is_the_part_of_the_thread_that_imports_without_our_places()
    {
        var stack = ImportStack.Read(
            "Thread 0x00007f01 (most recent call first):\n  File \"/srv/ticker.py\", line 3 in tick\n\n"
            + "Current thread 0x00007f00 (most recent call first):\n  File \"/srv/shop.py\", line 7 in connect\n  File \"/srv/shop.py\", line 12 in <module>\n" + Machinery + "\n");
        Assert.Equal("  File \"/srv/shop.py\", line 7 in connect\n  File \"/srv/shop.py\", line 12 in <module>", stack.Text);
        Assert.False(stack.Serves);
    }

    [Theory]
    [InlineData("/venv/lib/python3.11/site-packages/werkzeug/serving.py")]
    [InlineData("/usr/lib/python3.11/socketserver.py")]
    public void A_server_in_it_is_recognized(string file) =>
        Assert.True(ImportStack.Read($"Current thread 0x00007f00 (most recent call first):\n  File \"{file}\", line 232 in serve_forever\n").Serves);

    [Fact]
    public void A_server_that_is_being_imported_does_not_run()
    {
        const string file = "  File \"/usr/lib/python3/dist-packages/werkzeug/serving.py\", line";
        Assert.False(ImportStack.Read($"Current thread 0x00007f00 (most recent call first):\n{file} 230 in WSGIRequestHandler\n{file} 24 in <module>\n").Serves);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing that faulthandler writes")]
    public void Where_nothing_was_written_nothing_is_told(string text) => Assert.Equal("", ImportStack.Read(text).Text);
}
