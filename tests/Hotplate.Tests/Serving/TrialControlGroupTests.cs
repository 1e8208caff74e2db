using Hotplate.Tests.Fixtures;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>The trials' control groups, with files as the kernel has them, of both versions: one machine has one.</summary>
public class TrialControlGroupTests
{
    // A folder that is made gets the files that the kernel would put there.
    private const string Kernel = """
        import os, sys, tempfile
        sys.path.insert(0, sys.argv[1])
        from groups import ControlGroup
        root, real = tempfile.mkdtemp(), os.mkdir

        def put(path, text):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)

        def get(path):
            with open(path) as file:
                return file.read()

        def files(parent):
            return {}

        def mkdir(path, *more):
            real(path, *more)
            for name, text in files(os.path.dirname(path)).items():
                put(path + "/" + name, text)

        def rmdir(path):
            removed.append(path)

        removed = []
        os.mkdir, os.rmdir = mkdir, rmdir
        """;

    [Fact]
    public Task Version_2() => RunAsync("""
        put(root + "/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n")
        put(root + "/cgroup.subtree_control", "")
        put(root + "/cgroup.procs", "1\n2\n")

        def files(parent):
            handed = get(parent + "/cgroup.subtree_control")
            some = {"cgroup.procs": "", "cgroup.subtree_control": ""}
            if "memory" in handed:
                some |= {"memory.max": "max\n", "memory.swap.max": "max\n", "memory.current": "0\n",
                         "memory.events": "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 1\n"}
            if "pids" in handed:
                some |= {"pids.max": "max\n", "pids.current": "12\n"}
            return some

        with ControlGroup("memory", 268435456, root=root) as group:
            assert group.path and os.path.dirname(group.path) == root, group.path
            assert get(group.path + "/memory.max").startswith("268435456"), get(group.path + "/memory.max")
            assert get(group.path + "/memory.swap.max").startswith("0")
            group.join()
            assert get(group.path + "/cgroup.procs") == str(os.getpid())
            assert group.kills() == 2
        assert removed == [group.path]
        put(root + "/cgroup.subtree_control", "")
        with ControlGroup("pids", root=root) as group:
            assert group.current() == 12
            group.allow(7)
            assert get(group.path + "/pids.max").startswith("7")
        """);

    [Fact]
    public Task Version_2_where_no_controller_is_handed_down() => RunAsync("""
        def files(parent):
            return {"cgroup.procs": "", "cgroup.controllers": ""}

        with ControlGroup("memory", 268435456, root=root) as group:
            assert group.path is None and group.kills() == 0
            group.join()
        assert len(removed) == 1 and os.path.dirname(removed[0]) == root, removed
        """);

    [Fact]
    public Task Version_1() => RunAsync("""
        put(root + "/memory/cgroup.procs", "1\n")
        put(root + "/pids/cgroup.procs", "1\n")

        def files(parent):
            if parent.endswith("memory"):
                return {"cgroup.procs": "", "memory.limit_in_bytes": "9223372036854771712\n",
                        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"}
            return {"cgroup.procs": "", "pids.max": "max\n", "pids.current": "5\n"}

        with ControlGroup("memory", 536870912, root=root) as group:
            assert os.path.dirname(group.path) == root + "/memory"
            assert get(group.path + "/memory.limit_in_bytes").startswith("536870912")
            assert group.kills() == 3
        with ControlGroup("pids", root=root) as group:
            assert os.path.dirname(group.path) == root + "/pids" and group.current() == 5
        """);

    private static async Task RunAsync(string test)
    {
        var ended = await FinishedProgram.RunAsync("/usr/bin/python3", "-B", "-c", Kernel + "\n" + test, Path.Combine(Repository.Root, "tests", "chaos"));
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
    }
}
