namespace Hotplate.Installing;

/// <summary>A site that is a service of systemd: how its parts are called.</summary>
/// <param name="Name">The instance of the unit.</param>
internal sealed record Site(string Name)
{
    private const int LongestName = 23;
    public const string Template = "/etc/systemd/system/hotplate@.service";
    public const string PackagedTemplate = "/usr/lib/systemd/system/hotplate@.service";

    public string Unit => $"hotplate@{Name}.service";

    public string User => $"hotplate-{Name}";

    public string Variables => $"/etc/hotplate/{Name}.env";

    public string DropIn => $"/etc/systemd/system/{Unit}.d/site.conf";

    public string State => $"/var/lib/hotplate-{Name}";

    /// <summary>It can be part of the names of a unit and a user, which may be 32 long.</summary>
    public static bool IsName(string name) => name.Length is >= 1 and <= LongestName && char.IsAsciiLetterLower(name[0]) && name.All(IsOfName);

    /// <summary>What a folder's or a module's name suggests; "site" when it suggests nothing.</summary>
    public static string NameFrom(string text) =>
        new string([.. text.ToLowerInvariant().Select(static one => IsOfName(one) ? one : '-')]).Trim('-', '_') is var name && IsName(name) ? name : "site";

    /// <summary>The unit that a process is of, as its control group tells; null: none.</summary>
    public static string? UnitOf(int process)
    {
        try
        {
            // A line for each hierarchy: number, controllers, path.
            return File.ReadLines($"/proc/{process}/cgroup").Select(static line => line[(line.LastIndexOf('/') + 1)..])
                .FirstOrDefault(static name => name.EndsWith(".service", StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsOfName(char one) => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one is '-' or '_';
}
