using Hotplate.Supervision;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Supervision;

/// <summary>How a worker's end is read.</summary>
public sealed class PostmortemTests
{
    private static readonly ExitReason s_segv = new(-1, 11);
    private static readonly ExitReason s_kill = new(-1, 9);

    [Fact]
    public void A_crash_is_put_down_to_the_thread_that_faulthandler_names()
    {
        var words = Words(
            "about to crash", "Fatal Python error: Segmentation fault", "", "Thread 0x00007f0000000002 (most recent call first):", "  File \"b.py\", line 2 in wait", "",
            "Current thread 0x00007f0000000001 (most recent call first):", "  File \"a.py\", line 7 in boom", "  File \"a.py\", line 9 in app", "");
        var found = Postmortem.Of(s_segv, words, forMemory: false, null);
        Assert.Equal((Suspicion.Thread, 0x7f0000000001UL), (found.Verdict.Suspicion, found.Verdict.Thread));
        Assert.Equal("Fatal Python error: Segmentation fault\n  File \"a.py\", line 7 in boom\n  File \"a.py\", line 9 in app", found.Words);
    }

    [Fact]
    public void The_thread_is_found_however_many_stacks_follow()
    {
        var words = Words("Fatal Python error: Aborted", "", "Current thread 0x0000000000000abc (most recent call first):", "  File \"a.py\", line 7 in boom");
        foreach (var line in Enumerable.Range(0, 500))
        {
            words.Add($"  File \"other.py\", line {line} in f");
            words.Add("");
        }
        Assert.Equal(0xabcUL, Postmortem.Of(new ExitReason(-1, 6), words, forMemory: false, null).Verdict.Thread);
    }

    [Fact]
    public void A_crash_that_nobody_names_may_be_anyones() =>
        Assert.Equal(Suspicion.All, Postmortem.Of(s_segv, Words("bye"), forMemory: false, null).Verdict.Suspicion);

    [Fact]
    public void A_kill_from_outside_is_nobodys() =>
        Assert.Equal(Suspicion.Nobody, Postmortem.Of(s_kill, Words("something old"), forMemory: false, null).Verdict.Suspicion);

    [Fact]
    public void A_kill_for_memory_says_so_and_may_be_anyones()
    {
        var found = Postmortem.Of(s_kill, Words(), forMemory: true, null);
        Assert.Equal(("signal 9 (SIGKILL): killed for memory", Suspicion.All), (found.Reason, found.Verdict.Suspicion));
    }

    [Fact]
    public void What_we_kill_has_done_nothing_by_itself()
    {
        var found = Postmortem.Of(s_kill, Words(), forMemory: true, new KillReason("no thread of it gets the GIL", Suspicion.Nobody));
        Assert.Equal(("signal 9 (SIGKILL): no thread of it gets the GIL", Suspicion.Nobody), (found.Reason, found.Verdict.Suspicion));
    }

    [Fact]
    public void An_exit_has_its_last_lines() =>
        Assert.Equal("last words", Postmortem.Of(new ExitReason(1, 0), Words("last words"), forMemory: false, null).Words);

    [Theory]
    [InlineData("0::/shop\n", "sys/fs/cgroup/shop/memory.events.local", "low 0\noom 2\noom_kill {0}\n")]
    [InlineData("0::/shop\n", "sys/fs/cgroup/shop/memory.events", "low 0\noom 2\noom_kill {0}\n")]
    [InlineData("0::/shop/inner\n", "sys/fs/cgroup/shop/memory.events.local", "oom_kill {0}\n")]
    [InlineData("0::/shop\n", "sys/fs/cgroup/memory.events", "oom_kill {0}\n")]
    [InlineData("0::/../outside\n", "sys/fs/cgroup/memory.events", "oom_kill {0}\n")]
    [InlineData("9:cpu:/\n4:memory:/docker/1\n", "sys/fs/memory/docker/1/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill {0}\n")]
    [InlineData("4:memory:/docker/1\n", "sys/fs/memory/memory.oom_control", "oom_kill {0}\n")]
    [InlineData("0::/shop\n", "proc/vmstat", "pgfault 7\noom_kill {0}\n")]
    [InlineData("", "proc/vmstat", "pgfault 7\noom_kill {0}\n")]
    public void The_kernels_counters_tell_of_kills_for_memory(string groups, string file, string text)
    {
        using var root = new Machine(groups);
        root.Write(file, Filled(text, 3));
        var kills = new MemoryKills(root.Path);
        Assert.False(kills.HaveRisen());
        root.Write(file, Filled(text, 4));
        Assert.True(kills.HaveRisen());
        Assert.False(kills.HaveRisen());
    }

    [Theory]
    [InlineData("0::/shop\n", "sys/fs/cgroup/shop/memory.events.local", "sys/fs/cgroup/shop/memory.events")]
    [InlineData("0::/shop\n", "sys/fs/cgroup/shop/memory.events.local", "sys/fs/cgroup/memory.events.local")]
    [InlineData("0::/shop\n", "sys/fs/cgroup/shop/memory.events.local", "proc/vmstat")]
    [InlineData("4:memory:/docker/1\n", "sys/fs/memory/docker/1/memory.oom_control", "sys/fs/memory/docker/memory.oom_control")]
    [InlineData("4:memory:/docker/1\n", "sys/fs/memory/docker/1/memory.oom_control", "proc/vmstat")]
    public void A_kill_in_a_group_below_or_on_the_machine_beside_us_is_not_ours(string groups, string ours, string others)
    {
        using var root = new Machine(groups);
        root.Write(ours, Filled("oom_kill {0}\n", 1));
        root.Write(others, Filled("oom_kill {0}\n", 1));
        var kills = new MemoryKills(root.Path);
        root.Write(others, Filled("oom_kill {0}\n", 2));
        Assert.False(kills.HaveRisen());
    }

    private static string Filled(string text, int count) => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, count);

    /// <summary>A folder that stands for "/": where both versions of control groups are mounted, and which are ours.</summary>
    private sealed class Machine : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        internal Machine(string groups)
        {
            Write("proc/self/cgroup", groups);
            Write(
                "proc/self/mountinfo",
                """
                30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
                31 23 0:27 / /sys/fs/memory rw - cgroup cgroup rw,memory
                """);
        }

        internal string Path => folder.Path;

        public void Dispose() => folder.Dispose();

        internal void Write(string name, string content)
        {
            var path = System.IO.Path.Combine(folder.Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }
    }

    private static LastWords Words(params ReadOnlySpan<string> lines)
    {
        var words = new LastWords();
        foreach (var line in lines)
        {
            words.Add(line);
        }
        return words;
    }
}
