using System.Text;
using Hotplate.Observability;

namespace Hotplate.Tests.Observability;

public class LineWriterTests
{
    [Fact]
    public void Lines_arrive_in_order_and_all_of_them_by_the_end()
    {
        var far = new FarEnd();
        using (var writer = new LineWriter(() => far))
        {
            for (var i = 0; i < 1000; i++)
            {
                writer.TryWrite($"line {i}");
            }
        }
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}"), far.Lines);
    }

    [Fact]
    public void A_reader_that_stalls_costs_lines_and_never_time_and_the_loss_is_told()
    {
        var far = new FarEnd();
        far.Stall();
        using (var writer = new LineWriter(() => far, capacity: 100))
        {
            var accepted = Enumerable.Range(0, 1000).Count(i => writer.TryWrite($"line {i}"));
            Assert.InRange(accepted, 1, 30);
            far.GoOn();
            writer.Flush();
            Assert.Contains(far.Lines, line => line.Contains("lines were dropped here", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Flush_returns_when_everything_is_written()
    {
        var far = new FarEnd();
        using var writer = new LineWriter(() => far);
        writer.TryWrite("one"u8);
        writer.Write("two");
        writer.Flush();
        Assert.Equal(["one", "two"], far.Lines);
    }

    [Fact]
    public void A_file_that_was_cut_goes_on_at_its_new_end()
    {
        var folder = Directory.CreateTempSubdirectory("hotplate-log");
        try
        {
            var path = Path.Combine(folder.FullName, "access.log");
            using var writer = LineWriter.ToFile(path);
            writer.Write("before");
            writer.Flush();
            using (var cut = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                cut.SetLength(0);
            }
            writer.Write("after");
            writer.Flush();
            Assert.Equal("after\n"u8.ToArray(), File.ReadAllBytes(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_opened_again_is_told_and_written_on()
    {
        var folder = Directory.CreateTempSubdirectory("hotplate-log");
        try
        {
            var path = Path.Combine(folder.FullName, "logs", "access.log");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var files = new LogFiles();
            var writer = files.Open(path);
            Assert.Same(writer, files.Open(path));
            var moved = Path.Combine(folder.FullName, "moved");
            Directory.Move(Path.GetDirectoryName(path)!, moved);
            var told = new List<string>();
            files.Reopen(told.Add);
            Assert.StartsWith(path + ": ", Assert.Single(told), StringComparison.Ordinal);
            writer.Write("still");
            writer.Flush();
            Assert.Equal("still\n", File.ReadAllText(Path.Combine(moved, "access.log")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_that_was_moved_away_is_made_again_by_Reopen()
    {
        var folder = Directory.CreateTempSubdirectory("hotplate-log");
        try
        {
            var path = Path.Combine(folder.FullName, "access.log");
            using var writer = LineWriter.ToFile(path);
            writer.Write("before");
            writer.Flush();
            File.Move(path, path + ".1");
            writer.Reopen();
            writer.Write("after");
            writer.Flush();
            Assert.Equal("before\n", File.ReadAllText(path + ".1"));
            Assert.Equal("after\n", File.ReadAllText(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_that_has_grown_enough_is_moved_away_and_so_many_are_kept()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("access.log", "0\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        using var files = new LogFiles { NotRotated = Assert.Fail };
        files.Limit(10, keep: 2);
        var writer = files.Open(path);
        foreach (var line in (string[])["11111111", "2222", "3333", "4444", "5555", "6666"])
        {
            writer.TryWrite(line);
            writer.Flush();
        }
        Assert.Equal("6666\n", File.ReadAllText(path));
        Assert.Equal("4444\n5555\n", File.ReadAllText(path + ".1"));
        Assert.Equal("2222\n3333\n", File.ReadAllText(path + ".2"));
        Assert.False(File.Exists(path + ".3"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_cannot_be_moved_away_grows_on_and_that_is_told_once()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("access.log");
        Directory.CreateDirectory(path + ".1");
        var told = new List<string>();
        using var files = new LogFiles { NotRotated = told.Add };
        files.Limit(10, keep: 1);
        var writer = files.Open(path);
        for (var i = 0; i < 4; i++)
        {
            writer.TryWrite("0123456789");
            writer.Flush();
        }
        Assert.Equal(44, File.ReadAllText(path).Length);
        Assert.StartsWith(path + ": ", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_somebody_else_moved_away_is_made_again_when_so_much_was_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("access.log");
        using var files = new LogFiles();
        files.Limit(10, keep: 1);
        var writer = files.Open(path);
        writer.TryWrite("one");
        writer.Flush();
        File.Move(path, path + ".old");
        writer.TryWrite("two, long");
        writer.Flush();
        writer.TryWrite("three");
        writer.Flush();
        Assert.Equal("one\ntwo, long\n", File.ReadAllText(path + ".old"));
        Assert.Equal("three\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_far_end_that_fails_is_survived()
    {
        var far = new FarEnd { Failing = true };
        using var writer = new LineWriter(() => far);
        writer.Write("lost");
        writer.Flush();
        far.Failing = false;
        writer.Write("kept");
        writer.Flush();
        Assert.Contains("kept", far.Lines);
    }

    private sealed class FarEnd : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);

        public bool Failing { get; set; }

        public string[] Lines => Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public void Stall() => _open.Reset();

        public void GoOn() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _open.Wait();
            if (Failing)
            {
                throw new IOException("disk full");
            }
            base.Write(buffer);
        }
    }
}
