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
