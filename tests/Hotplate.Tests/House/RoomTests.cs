using System.Text.RegularExpressions;

namespace Hotplate.Tests.House;

/// <summary>The rooms of the front know only the rooms below them.</summary>
public partial class RoomTests
{
    // Each room and those it may name; what they may name in turn is theirs. docs/architecture.md tells why.
    private static readonly Dictionary<string, string[]> s_below = new(StringComparer.Ordinal)
    {
        ["Linux"] = [],
        ["Settings"] = ["Linux"],
        ["Observability"] = ["Linux"],
        ["Certificates"] = ["Linux", "Settings", "Observability"],
        ["Channel"] = [],
        ["Workers"] = ["Linux", "Channel", "Settings", "Observability"],
        ["Supervision"] = ["Linux", "Workers", "Channel", "Settings", "Observability"],
        ["Service"] = ["Linux", "Supervision", "Workers", "Settings", "Observability"],
        ["Routing"] = ["Linux", "Workers", "Settings", "Observability"],
        ["Apps"] = ["Linux", "Routing", "Supervision", "Workers", "Channel", "Settings", "Observability"],
        ["Static"] = ["Linux", "Routing", "Workers", "Settings", "Observability"],
        ["Proxy"] = ["Routing", "Settings", "Observability"],
        ["Sites"] = ["Routing", "Apps", "Static", "Proxy", "Supervision", "Settings"],
        ["Http"] = ["Linux", "Certificates", "Sites", "Routing", "Apps", "Settings", "Observability", "Workers", "Channel"],
        ["Control"] = ["Linux", "Routing", "Apps", "Sites", "Supervision", "Workers", "Settings", "Observability"],
        ["Checks"] = ["Linux", "Certificates", "Control", "Http", "Apps", "Supervision", "Workers", "Settings", "Observability"],
        ["Installing"] = ["Service", "Supervision", "Settings", "Observability"],
        ["Generate"] = ["Service", "Settings"],
        ["Cli"] = ["Linux", "Certificates", "Generate", "Installing", "Service", "Checks", "Control", "Settings", "Observability"],
    };

    [Fact]
    public void A_room_names_only_the_rooms_below_it()
    {
        var wrong =
            from path in Repository.Files("src/Hotplate", "*.cs")
            let room = Path.GetRelativePath(Path.Combine(Repository.Root, "src/Hotplate"), path).Split('/')[0]
            where !room.EndsWith(".cs", StringComparison.Ordinal)
            from used in Usings().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)
            where used != room && !s_below.GetValueOrDefault(room, []).Contains(used)
            select $"{Repository.Name(path)} names {used}, which is not below {room}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_room_is_known_here()
    {
        var rooms = Directory.GetDirectories(Path.Combine(Repository.Root, "src/Hotplate")).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj"));
        Assert.Empty(rooms.Except(s_below.Keys));
    }

    [Fact]
    public void A_namespace_is_its_folder()
    {
        var wrong =
            from path in Repository.Files("src/Hotplate", "*.cs")
            let folder = Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Repository.Root, "src/Hotplate"), path))!
            let expected = folder.Length == 0 ? "Hotplate" : "Hotplate." + folder.Replace('/', '.')
            let declared = Namespace().Match(File.ReadAllText(path)).Groups[1].Value
            where declared.Length > 0 && declared != expected
            select $"{Repository.Name(path)} says {declared}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_channel_knows_neither_HTTP_server_nor_Python()
    {
        var text = string.Concat(Repository.Files("src/Hotplate.Channel", "*.cs").Select(File.ReadAllText));
        Assert.DoesNotContain("Microsoft.AspNetCore", text);
        Assert.DoesNotContain("using Hotplate.Worker;", text);
    }

    [GeneratedRegex(@"^using (?:static )?Hotplate\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
