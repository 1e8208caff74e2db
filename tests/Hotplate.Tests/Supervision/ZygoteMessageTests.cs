using System.Text;
using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

public class ZygoteMessageTests
{
    [Fact]
    public void A_command_says_what_it_has_and_nothing_else()
    {
        Assert.Equal("""{"type":"kill","worker":3,"signal":9}""", Text(new ZygoteCommand { Type = "kill", Worker = 3, Signal = 9 }));
        Assert.Equal(
            """{"type":"configure","target":"shop:app","directory":"/srv","pythonpath":["/a","/b"],"preload":"off","extension":"/x.so","threads":4,"workers":2,"mount":"","spool_dir":"/tmp"}""",
            Text(new ZygoteCommand
            {
                Type = "configure",
                Target = "shop:app",
                Directory = "/srv",
                Pythonpath = ["/a", "/b"],
                Preload = "off",
                Extension = "/x.so",
                Threads = 4,
                Workers = 2,
                Mount = "",
                SpoolDir = "/tmp",
            }));
    }

    [Fact]
    public void An_event_is_read_whatever_else_it_says() =>
        Assert.Equal(
            new ZygoteEvent { Type = "exited", Worker = 2, Pid = 4182, Status = 256 },
            Read("""{"type": "exited", "more": {"a": [1]}, "worker": 2, "pid": 4182, "status": 256}"""));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"pid\": \"x\"}")]
    [InlineData("{\"pid\": 99999999999}")]
    [InlineData("{\"type\"")]
    public void What_is_no_event_is_none(string text) => Assert.Null(Read(text));

    private static string Text(ZygoteCommand command) => Encoding.UTF8.GetString(command.ToJson());

    private static ZygoteEvent? Read(string text) => ZygoteEvent.FromJson(Encoding.UTF8.GetBytes(text));
}
