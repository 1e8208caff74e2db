using Hotplate.Installing;
using Hotplate.Observability;
using Hotplate.Service;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate install [NAME] [TARGET] [flags]</c>: makes a service of systemd of a site, after it has shown what that takes.</summary>
internal static class InstallVerb
{
    private const UnixFileMode ForAll = (UnixFileMode)0x1A4; // 0644
    private const UnixFileMode ForRoot = (UnixFileMode)0x180; // 0600: secrets may stand in it

    /// <param name="arguments">What stands after the verb.</param>
    /// <param name="read">Reads what is left as hotplate serve would.</param>
    public static int Run(string[] arguments, Func<Invocation, SettingsOutcome> read)
    {
        var words = SiteWords.Take(arguments);
        var invocation = ArgumentReader.Read(["serve", .. words.Rest]);
        var operands = invocation.Operands.ToList();
        // hotplate install shop:app, and hotplate install shop shop:app.
        var name = operands.Count > 1 || (operands is [var only] && Site.IsName(only) && !File.Exists(only)) ? operands[0] : null;
        var target = operands.Skip(name is null ? 0 : 1).FirstOrDefault();
        name ??= Suggested(target) is var near && (words.Yes || words.DryRun) ? near : SiteWords.Ask($"What is the site to be called? [{near}]") ?? near;
        if (!Site.IsName(name))
        {
            return ProblemReport.Print([new SettingsProblem(ErrorCode.BadName, name, "a site's name is a small letter and then at most 22 small letters, digits, - and _: it is part of a unit's and a user's.")]);
        }
        var site = new Site(name);
        var flags = invocation.Flags.ToList();
        if (!flags.Exists(static flag => flag.Setting.Name == "bind") && !words.Yes && !words.DryRun && SiteWords.Ask("Where is it to listen? :80, or [127.0.0.1:8000] behind a proxy:") is { } bind)
        {
            flags.Add(new GivenFlag(SettingTable.Find("--bind")!, "--bind", bind));
        }
        var outcome = read(invocation with { Operands = target is null ? [] : [target], Flags = flags });
        if (outcome.Settings is not { } settings)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        if (settings.IsForSeveral)
        {
            const string one = "the file has tables for applications, and a service made by this has one. Name a target and --config none, "
                + "or write a unit of your own that runs hotplate serve in the file's folder: docs/service.md.";
            return ProblemReport.Print([new SettingsProblem(ErrorCode.CannotGenerate, "hotplate install", one)]);
        }
        var plan = Plan(site, settings, flags.Select(static flag => flag.Setting), words.Root);
        Console.Out.Write($"{settings.App.Target} in {settings.App.Directory}, with {settings.App.Python}, becomes {site.Unit}:\n\n{plan.Show(contents: true)}");
        return words.DryRun ? 0 : Do(site, settings, plan, words);
    }

    private static string Suggested(string? target) =>
        Site.NameFrom(target is null ? Path.GetFileName(OsText.CurrentDirectory()) : Path.GetFileNameWithoutExtension(target.Split(':', '.')[0]));

    private static SitePlan Plan(Site site, ServerSettings settings, IEnumerable<Setting> given, string? root)
    {
        var plan = new SitePlan(root);
        if (!File.ReadLines("/etc/passwd").Any(line => line.StartsWith(site.User + ":", StringComparison.Ordinal)))
        {
            plan.Run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", site.User]);
        }
        if (!File.Exists(plan.At(Site.PackagedTemplate)))
        {
            plan.Write(Site.Template, UnitText.Packaged(), ForAll);
        }
        var variables = SiteFiles.Variables(site, settings, given);
        var kept = KeptVariables.Of(plan.At(site.Variables), [.. settings.App.Environment.Select(static pair => pair.Key)]);
        const string head = "# Kept, as it was:\n";
        return plan.Write(site.DropIn, SiteFiles.DropIn(site, settings, ProgramFile.Path), ForAll)
            .Write(
                site.Variables,
                kept.Count == 0 ? variables : variables + head + string.Concat(kept.Select(static one => one.Lines + "\n")),
                ForRoot,
                // Secrets, most of them.
                kept.Count == 0 ? null : variables + head + string.Concat(kept.Select(static one => one.Name + "=…\n")))
            .Run(["systemctl", "daemon-reload"])
            .Run(["systemctl", "enable", site.Unit])
            .Run(["systemctl", "restart", site.Unit]);
    }

    private static int Do(Site site, ServerSettings settings, SitePlan plan, SiteWords words)
    {
        if (words.Root is null && Preconditions(settings) is { } wrong)
        {
            Console.Error.WriteLine(wrong);
            return 1;
        }
        if (!words.Yes && SiteWords.Ask("Do it? [y/N]") is not ("y" or "Y" or "yes"))
        {
            Console.Error.WriteLine("Nothing was done. --yes does it, --dry-run asks nothing.");
            return 1;
        }
        if (plan.Do() is { } failure)
        {
            Console.Error.WriteLine(Visible.Lines($"HP542  install: {failure} journalctl -u {site.Unit} has what the server said. What was written stays; hotplate uninstall {site.Name} removes it."));
            return 1;
        }
        if (words.Root is not null)
        {
            Console.Out.Write($"\nWritten below {words.Root}; nothing was run.\n");
            return 0;
        }
        var asked = SiteQuestion.Ask(settings.Binds[0], settings.App.Mount);
        Console.Out.Write(Visible.Lines($"\n{site.Unit} is enabled and started. {asked.Words}\n"));
        return asked.Answered ? 0 : 1;
    }

    /// <summary>Null: it can be done here.</summary>
    private static string? Preconditions(ServerSettings settings) =>
        !Directory.Exists("/run/systemd/system")
            ? "HP541  systemd does not run here, so there is no service to make. Let whatever starts programs here start \"hotplate serve\" and end it with TERM: docs/service.md has OpenRC, runit, supervisord and containers."
        : FileIdentity.Me != 0 ? "HP543  only root may add services and users: sudo hotplate install, with the same words."
        : Closed(settings.App.Directory) ?? Closed(Path.GetDirectoryName(settings.App.Python)!);

    /// <summary>A site's user is another than whoever wrote the site.</summary>
    private static string? Closed(string folder)
    {
        for (var at = folder; at is { Length: > 1 }; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(at) && !File.GetUnixFileMode(at).HasFlag(UnixFileMode.OtherExecute))
            {
                return $"HP543  the site's user could not enter {at}, below which {folder} is. Put the site where everybody may read, as /srv, or allow it: chmod o+x {at}";
            }
        }
        return null;
    }
}
