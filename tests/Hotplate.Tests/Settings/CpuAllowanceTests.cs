using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public sealed class CpuAllowanceTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_control_groups_it_is_the_affinity() => Assert.Equal(6, CpuAllowance.Count(6, _root.Path));

    [Theory]
    [InlineData("max 100000", 8)]
    [InlineData("200000 100000", 2)]
    [InlineData("150000 100000", 2)]
    [InlineData("5000 100000", 1)]
    [InlineData("1600000 100000", 8)]
    [InlineData("nonsense", 8)]
    public void A_container_of_version_2_gets_its_quota_rounded_up(string limit, int cpus)
    {
        V2("0::/", "/");
        _root.Write("sys/fs/cgroup/cpu.max", limit);
        Assert.Equal(cpus, CpuAllowance.Count(8, _root.Path));
    }

    [Fact]
    public void A_limit_above_our_own_group_counts()
    {
        V2("0::/system.slice/shop.service", "/");
        _root.Write("sys/fs/cgroup/system.slice/shop.service/cpu.max", "max 100000");
        _root.Write("sys/fs/cgroup/system.slice/cpu.max", "300000 100000");
        Assert.Equal(3, CpuAllowance.Count(8, _root.Path));
    }

    [Fact]
    public void The_tightest_limit_on_the_way_up_counts()
    {
        V2("0::/a/b", "/");
        _root.Write("sys/fs/cgroup/a/b/cpu.max", "200000 100000");
        _root.Write("sys/fs/cgroup/a/cpu.max", "400000 100000");
        Assert.Equal(2, CpuAllowance.Count(8, _root.Path));
    }

    [Fact]
    public void A_group_outside_the_namespace_is_read_at_the_mount()
    {
        V2("0::/../../elsewhere", "/");
        _root.Write("sys/fs/cgroup/cpu.max", "100000 100000");
        Assert.Equal(1, CpuAllowance.Count(8, _root.Path));
    }

    [Fact]
    public void Version_1_is_read_below_the_mount_of_its_own_hierarchy()
    {
        _root.Write("proc/self/cgroup", "5:memory:/other\n4:cpu,cpuacct:/docker/abc\n0::/\n");
        _root.Write("proc/self/mountinfo", "31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n");
        _root.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000");
        _root.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
        Assert.Equal(3, CpuAllowance.Count(8, _root.Path));
    }

    [Fact]
    public void Version_1_on_the_host_is_read_in_the_group_and_above_it()
    {
        _root.Write("proc/self/cgroup", "4:cpu:/batch/job\n");
        _root.Write("proc/self/mountinfo", "31 30 0:27 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n");
        _root.Write("sys/fs/cgroup/cpu/batch/job/cpu.cfs_quota_us", "-1");
        _root.Write("sys/fs/cgroup/cpu/batch/job/cpu.cfs_period_us", "100000");
        _root.Write("sys/fs/cgroup/cpu/batch/cpu.cfs_quota_us", "400000");
        _root.Write("sys/fs/cgroup/cpu/batch/cpu.cfs_period_us", "100000");
        Assert.Equal(4, CpuAllowance.Count(8, _root.Path));
    }

    private void V2(string group, string mountRoot)
    {
        _root.Write("proc/self/cgroup", group + "\n");
        _root.Write("proc/self/mountinfo", $"25 20 0:22 / /proc rw - proc proc rw\n30 20 0:26 {mountRoot} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
    }
}
