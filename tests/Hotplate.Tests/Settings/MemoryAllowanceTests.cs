using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class MemoryAllowanceTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public MemoryAllowanceTests() => _root.Write("proc/meminfo", "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    8000 kB\n");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_control_groups_it_is_what_the_machine_has_left() => Assert.Equal(8000 * 1024, MemoryAllowance.Free(_root.Path));

    [Fact]
    public void Without_anything_nobody_knows() => Assert.Null(MemoryAllowance.Free(_root.File("nowhere")));

    [Theory]
    [InlineData("max", "5000", 8_192_000)]
    [InlineData("1000000", "600000", 500_000)]
    [InlineData("1000000", "2000000", 0)]
    [InlineData("900000000", "0", 8_192_000)]
    [InlineData("nonsense", "5000", 8_192_000)]
    public void A_container_of_version_2_has_its_limit_less_what_is_in_use(string limit, string used, long free)
    {
        _root.Write("proc/self/cgroup", "0::/\n");
        _root.Write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
        _root.Write("sys/fs/cgroup/memory.max", limit);
        _root.Write("sys/fs/cgroup/memory.current", used);
        _root.Write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 100000\nactive_file 7\n");
        Assert.Equal(free, MemoryAllowance.Free(_root.Path));
    }

    [Fact]
    public void Version_1_counts_the_whole_tree()
    {
        _root.Write("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu:/other\n");
        _root.Write("proc/self/mountinfo", "31 30 0:27 /docker/abc /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n");
        _root.Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000");
        _root.Write("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000000");
        _root.Write("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 500000\n");
        Assert.Equal(1_500_000, MemoryAllowance.Free(_root.Path));
    }

    [Fact]
    public void What_is_granted_is_the_tightest_limit_whatever_is_in_use()
    {
        Assert.Equal(16_000 * 1024, MemoryAllowance.Granted(_root.Path));
        _root.Write("proc/self/cgroup", "0::/a/b\n");
        _root.Write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
        _root.Write("sys/fs/cgroup/a/b/memory.max", "5000000");
        _root.Write("sys/fs/cgroup/a/memory.max", "4000000");
        _root.Write("sys/fs/cgroup/a/memory.current", "3900000");
        Assert.Equal(4_000_000, MemoryAllowance.Granted(_root.Path));
        Assert.Null(MemoryAllowance.Granted(_root.File("nowhere")));
    }

    [Fact]
    public void The_tightest_limit_on_the_way_up_counts()
    {
        _root.Write("proc/self/cgroup", "0::/a/b\n");
        _root.Write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
        _root.Write("sys/fs/cgroup/a/b/memory.max", "5000000");
        _root.Write("sys/fs/cgroup/a/b/memory.current", "1000000");
        _root.Write("sys/fs/cgroup/a/memory.max", "4000000");
        _root.Write("sys/fs/cgroup/a/memory.current", "2000000");
        Assert.Equal(2_000_000, MemoryAllowance.Free(_root.Path));
    }
}
