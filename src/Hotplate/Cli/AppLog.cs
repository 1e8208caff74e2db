using System.Diagnostics;
using Hotplate.Installing;
using Hotplate.Observability;

namespace Hotplate.Cli;

/// <summary>Shows one application's lines of a log that several have: <c>hotplate logs APP</c>.</summary>
internal sealed class AppLog(string app, bool follow)
{
    /// <summary>So many are shown of those that are there.</summary>
    private const int Shown = 100;

    /// <summary>Bytes at the end of a file, and lines of a journal, in which these are looked for. Who follows a journal looks back less
    /// far, since all of them are shown.</summary>
    private const long MostBytes = 16 << 20;
    private const string MostLines = "20000";
    private const string MostLinesBefore = "1000";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private readonly AppLines lines = new(app);
    private readonly Queue<string> last = new();

    /// <returns>The exit code.</returns>
    internal int OfFile(string path)
    {
        try
        {
            using var file = new GrowingFile(path, MostBytes);
            while (file.ReadLine() is { } line)
            {
                Keep(line, 0);
            }
            Show();
            while (follow)
            {
                Thread.Sleep(s_look);
                while (file.ReadLine() is { } line)
                {
                    Tell(line, 0);
                }
                file.GoOn();
            }
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(Visible.Line($"{path}: {error.Message}"));
            return 1;
        }
    }

    /// <returns>The exit code.</returns>
    internal int OfJournal(string unit)
    {
        if (OtherProgram.Find("journalctl") is not { } program)
        {
            Console.Error.WriteLine("there is no journalctl here");
            return 127;
        }
        string[] how = follow ? ["-n", MostLinesBefore, "-f"] : ["-n", MostLines, "--no-pager"];
        var start = new ProcessStartInfo(program, ["-u", unit, "-o", "short", .. how])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var journal = Process.Start(start)!;
        try
        {
            while (journal.StandardOutput.ReadLine() is { } line)
            {
                var prefix = AppLines.LengthOfJournalPrefix(line);
                if (prefix == 0)
                {
                    continue;
                }
                if (follow)
                {
                    Tell(line, prefix);
                }
                else
                {
                    Keep(line, prefix);
                }
            }
        }
        catch (IOException)
        {
            // Nobody reads this any more.
            journal.Kill();
        }
        Show();
        journal.WaitForExit();
        return journal.ExitCode;
    }

    private void Keep(string line, int prefix)
    {
        if (lines.Take(line[prefix..]))
        {
            last.Enqueue(line);
            if (last.Count > Shown)
            {
                last.Dequeue();
            }
        }
    }

    private void Show()
    {
        while (last.TryDequeue(out var line))
        {
            Console.Out.WriteLine(Visible.Lines(line));
        }
    }

    private void Tell(string line, int prefix)
    {
        if (lines.Take(line[prefix..]))
        {
            Console.Out.WriteLine(Visible.Lines(line));
        }
    }
}
