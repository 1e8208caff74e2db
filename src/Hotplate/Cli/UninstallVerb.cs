using Hotplate.Installing;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate uninstall NAME</c>: takes back what install has made; the site itself and what it stored stay.</summary>
internal static class UninstallVerb
{
    public static int Run(string[] arguments)
    {
        var words = SiteWords.Take(arguments);
        if (words.Rest is not [var name] || !Site.IsName(name))
        {
            return ProblemReport.Print([new SettingsProblem(ErrorCode.BadName, "hotplate uninstall", $"the name of one site is needed. There are: {Known(words.Root)}")]);
        }
        var site = new Site(name);
        var plan = new SitePlan(words.Root);
        if (!File.Exists(plan.At(site.Variables)) && !File.Exists(plan.At(site.DropIn)))
        {
            return ProblemReport.Print([new SettingsProblem(ErrorCode.BadName, name, $"there is no such site. There are: {Known(words.Root)}")]);
        }
        plan.Run(["systemctl", "disable", "--now", site.Unit]).Remove(site.DropIn).Remove(site.Variables);
        if (Names(words.Root).SequenceEqual([name]))
        {
            plan.Remove(Site.Template);
        }
        plan.Run(["systemctl", "daemon-reload"]).Run(["userdel", site.User], mayFail: true);
        Console.Out.Write($"{site.Unit} goes:\n\n{plan.Show(contents: false)}\nThe application stays, and so does {site.State}, if it is there.\n");
        if (words.DryRun)
        {
            return 0;
        }
        if (words.Root is null && FileIdentity.Me != 0)
        {
            Console.Error.WriteLine("HP543  only root may remove services and users: sudo hotplate uninstall, with the same words.");
            return 1;
        }
        if (!words.Yes && SiteWords.Ask("Do it? [y/N]") is not ("y" or "Y" or "yes"))
        {
            Console.Error.WriteLine("Nothing was done. --yes does it, --dry-run asks nothing.");
            return 1;
        }
        if (plan.Do() is { } failure)
        {
            Console.Error.WriteLine(Visible.Lines($"HP542  uninstall: {failure}"));
            return 1;
        }
        return 0;
    }

    private static IEnumerable<string> Names(string? root)
    {
        var folder = (root ?? "") + "/etc/hotplate";
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.env").Select(static file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal) : [];
    }

    private static string Known(string? root) => Names(root).ToList() is { Count: > 0 } names ? string.Join(", ", names) : "none";
}
