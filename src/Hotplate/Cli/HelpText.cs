using Hotplate.Generate;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate --help</c>, which fits a screen, and a page for each command; that of serve has every setting under its heading.</summary>
internal static class HelpText
{
    private const int FlagColumn = 34;
    private const int WordColumn = 26;

    private static readonly (string Verb, string Operands, string Meaning)[] s_serving =
    [
        ("serve", "[TARGET] [flags]", "serve an application"),
        ("dev", "[TARGET] [flags]", "the same while you write it: every save is served"),
        ("check", "[TARGET] [flags]", "find what would keep it from being served"),
        ("config", "[TARGET] [flags]", "show every setting and where it came from"),
        ("routes", "[[METHOD] URL] [flags]", "list the routes, and tell which takes a URL"),
        ("init", "[TARGET] [flags]", "look at this folder, and write its hotplate.toml"),
        ("schema", "", "the JSON Schema of hotplate.toml, for editors"),
        ("generate", "KIND [TARGET] [flags]", "write what systemd, nginx, Kubernetes, … need"),
    ];

    private static readonly (string Verb, string Operands, string Meaning)[] s_asking =
    [
        ("status", "", "how a running server does: workers, deaths, reloads"),
        ("ps", "", "requests in flight"),
        (TopVerb.Name, "", "workers and requests, again every second"),
        ("stacks", "", "where every Python thread is"),
        ("kill", "REQUEST-ID", "end a request for its client"),
        ("reload", "[APP]", "load the application anew"),
        ("apply", "[FILE]", "read hotplate.toml again, and serve what it says"),
        ("pause", "[APP]", "let requests wait"),
        ("resume", "[APP]", "let them begin"),
        ("upgrade", "", "put the Hotplate that is on the disk in its place"),
        ("certificates", "", "what was got for --domain, and until when"),
        ("logs", "[NAME|APP]", "what it logs; -f goes on"),
        ("stop", "[APP]", "let it finish what it has, and end"),
        ("restart", "", "the same, and start it again"),
    ];

    private static readonly (string Verb, string Operands, string Meaning)[] s_installing =
    [
        ("install", "[NAME] [TARGET] [flags]", "make it a service that starts at boot"),
        ("uninstall", "NAME", "take that back"),
    ];

    /// <summary>What has one line on the first page.</summary>
    private static readonly (string First, string Second, string Meaning)[] s_pairs =
    [
        ("config", "routes", "show every setting; every route, and which takes a URL"),
        ("init", "schema", "write hotplate.toml; print its JSON Schema"),
        ("ps", TopVerb.Name, "requests in flight; a live screen of all that runs"),
        ("pause", "resume", "let an application's requests wait, and begin"),
        ("stop", "restart", "let it finish what it has; and start it again"),
        ("install", "uninstall", "make it a service of systemd; take that back"),
    ];

    /// <summary>Columns to fill: the terminal's, or 80.</summary>
    public static int WidthOfTerminal() => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? 80 : Math.Min(Console.WindowWidth, 110);

    /// <param name="verb">A command; null: the page that leads to the others.</param>
    /// <param name="width">Columns.</param>
    /// <param name="paint">For headings.</param>
    public static string Make(string? verb, int width, Paint paint)
    {
        var page = new HelpPage(width, paint);
        switch (verb)
        {
            case "serve": Serve(page); break;
            case "dev": Dev(page); break;
            case "check": Check(page); break;
            case "config": Config(page); break;
            case "routes": Routes(page); break;
            case "init": Init(page); break;
            case "schema": Usage(page, "schema", "Prints the JSON Schema of hotplate.toml, by which editors complete and check it."); break;
            case "generate": Generate(page); break;
            case "certificates":
                Usage(page, "certificates [--acme-folder FOLDER]", "Lists the names of --domain: who has signed their certificates, until "
                    + "when, when they are renewed, and what went wrong last.");
                break;
            case not null when s_asking.Any(one => one.Verb == verb): Ask(page, verb); break;
            case "install": Install(page); break;
            case "uninstall": Usage(page, "uninstall NAME [--yes] [--dry-run] [--root DIR]", "Stops a site that hotplate install made a service, and removes the service, its settings and its user. The application and what it stored stay."); break;
            default: First(page); break;
        }
        return page.ToString();
    }

    /// <summary>What docs/errors.md says of a code.</summary>
    public static string OfCode(string code, string title, string text, int width, Paint paint)
    {
        var page = new HelpPage(width, paint).Heading($"{code}  {title}");
        foreach (var paragraph in text.Split("\n\n"))
        {
            page.Line().Paragraph(paragraph.Replace('\n', ' '));
        }
        return page.ToString();
    }

    private static void First(HelpPage page)
    {
        page.Paragraph("Hotplate serves Flask and every other WSGI application.").Line();
        foreach (var (verb, operands, meaning) in s_serving.Concat(s_asking).Concat(s_installing))
        {
            if (s_pairs.FirstOrDefault(pair => pair.First == verb) is { Second: { } second, Meaning: var both })
            {
                page.Row($"  {verb}, {second}", both, 22);
            }
            else if (!Array.Exists(s_pairs, pair => pair.Second == verb))
            {
                page.Row($"  {verb} {operands.Split(' ')[0]}".TrimEnd(), meaning, 22);
            }
        }
        page.Line().Paragraph("TARGET is shop:app, shop/app.py, 'shop:create_app()', or none: it is looked for.")
            .Paragraph("More: hotplate help COMMAND, hotplate help serve of all flags, hotplate help HP204.");
    }

    private static void Serve(HelpPage page)
    {
        Usage(page, "serve [TARGET] [flags]", "Serves an application until TERM or INT comes.");
        page.Line().Heading("TARGET is one of")
            .Row("  shop:app", "the object \"app\" in the module \"shop\"", WordColumn)
            .Row("  shop", "its \"app\", its \"application\", or its only WSGI callable", WordColumn)
            .Row("  shop:create_app(\"x\")", "what the factory returns", WordColumn)
            .Row("  shop/app.py", "a file; shop/app.py:app and the other forms as well", WordColumn)
            .Row("  shop.wsgi", "a script: any file of Python whatever it is called; its \"application\", or shop.wsgi:app", WordColumn)
            .Row("  --paste site.ini", "the [app:main] of a PasteDeploy file", WordColumn).Line()
            .Paragraph($"Without TARGET it is looked for, and nothing is imported for that: {AppFinder.Places}. A line says what was taken; several that are equally good are listed.").Line()
            .Heading("Examples")
            .Line("  hotplate serve shop:app")
            .Line("  hotplate serve shop:app -b :8080 -w 4 --access-logfile -")
            .Line("  hotplate serve wsgi.py --venv ~/envs/shop -e FLASK_ENV=production")
            .Line("  hotplate serve shop:app -b :80 --user www-data")
            .Line("  hotplate serve mysite.wsgi --mount /shop -b unix:/run/shop.sock?mode=660");
        foreach (var group in SettingTable.All.GroupBy(static setting => setting.Group))
        {
            page.Line().Heading($"{group.Key}");
            foreach (var setting in group)
            {
                Flag(page, setting);
            }
        }
        page.Line()
            .Paragraph("Times are seconds (30) or have a unit (500ms, 2m); sizes are bytes or have one (10M, 1G). Every flag has a variable: --max-queue is HOTPLATE_MAX_QUEUE. A flag wins over a "
                + "variable, a variable over gunicorn.conf.py, that over PORT, WEB_CONCURRENCY, FORWARDED_ALLOW_IPS and SCRIPT_NAME, and those over the default.").Line()
            .Paragraph("gunicorn's other flags and GUNICORN_CMD_ARGS are understood: docs/move/gunicorn.md tells what becomes of each.").Line()
            .Paragraph("Signals: TERM and INT finish what is in flight, a second INT or QUIT stops at once, HUP reloads, USR1 opens log files anew, USR2 upgrades, TTIN and TTOU make it one worker more or fewer.").Line()
            .Paragraph("Exit codes: 0 stopped, 1 could not start, 2 what was said is not understood, 3 a worker failed to boot, 4 the application failed to load.");
    }

    private static void Dev(HelpPage page)
    {
        Usage(page, "dev [TARGET] [flags]", "Serves an application while you write it: saves are served at once, on one worker, with Flask's debugger, and while the code is broken the browser shows why.");
        page.Line().Paragraph("TARGET and flags are those of serve (hotplate help serve); the access log is on the terminal. docs/dev.md tells what is different.").Line()
            .Line("  hotplate dev shop:app")
            .Line("  hotplate dev shop/app.py -b 127.0.0.1:5000");
    }

    private static void Check(HelpPage page)
    {
        Usage(page, "check [TARGET] [flags] [--json]", "Finds what would keep serve from serving: imports the application and runs its hooks in a process of its "
            + "own, and tries addresses, files and folders, without listening and without disturbing a server that runs. TARGET and flags are those of serve.");
        page.Line().Row("  --json", "the findings as one JSON object: ok, problems with code and message, warnings", 12).Line()
            .Paragraph("Exit codes are those that serve would have: 0 no problems, 1 it could not start, 2 what was said is not understood, 3 a worker would fail "
                + "to boot, 4 the application does not load.");
    }

    private static void Config(HelpPage page)
    {
        Usage(page, "config [TARGET] [flags] [--json|--toml]", "Shows every setting with its value and where it came from: a flag, a variable, "
            + "hotplate.toml, gunicorn.conf.py, or the default. TARGET and flags are those of serve.");
        page.Line().Row("  --json", "an object with a member for each setting: value and source", 12)
            .Row("  --toml", "a hotplate.toml that says the same", 12);
    }

    private static void Routes(HelpPage page)
    {
        Usage(page, "routes [[METHOD] URL] [flags] [--json]", "Lists the routes and limits of hotplate.toml in the order "
            + "in which they are asked. With a URL, or its path: tells which takes it, and of every other why it does not. "
            + "Nothing runs for it. "
            + "Flags are those of serve.");
        page.Line().Line("  hotplate routes http://shop.example.org/cart")
            .Line("  hotplate routes POST /api/orders");
    }

    private static void Init(HelpPage page)
    {
        Usage(page, "init [TARGET] [flags]", "Looks for the application and its Python in this folder, "
            + "writes hotplate.toml with them and the flags that are given, and says what was found. A file that is there is left alone.");
    }

    private static void Generate(HelpPage page)
    {
        Usage(page, "generate KIND [TARGET] [flags] [-o PLACE]", "Writes to standard output what another program needs to serve the application, or to pass requests on to it, made from the same "
            + "settings: TARGET and flags are those of serve. Comments say what to change.");
        page.Line().Heading("KIND is one of");
        foreach (var kind in GeneratedKind.All)
        {
            page.Row("  " + kind.Name, kind.Meaning, 20);
        }
        page.Line().Row("  -o PLACE", "a file, or a folder, which all files of a kind that has several are written to; a file that is there and differs is left alone", 20).Line()
            .Line("  hotplate generate nginx shop:app")
            .Line("  hotplate generate systemd shop:app -b 127.0.0.1:8000 -o ./").Line()
            .Paragraph("docs/generate.md tells what each is for.");
    }

    private static void Ask(HelpPage page, string verb)
    {
        var (_, operands, meaning) = s_asking.First(one => one.Verb == verb);
        Usage(page, $"{verb} {operands}".TrimEnd() + " [flags]", verb switch
        {
            "status" => "Tells how a running server does: its workers with what they have in hand, restarts and deaths with their reasons, requests that killed workers, and the last reload.",
            "ps" => "Lists the requests in flight, the oldest first: id, age, how long each waited, phase, worker and thread.",
            TopVerb.Name => "Shows a running server, again every second: applications, workers with CPU and memory, answers by the second, "
                + "requests in flight. Keys: q quits, s sorts workers by another column, left and right choose an application and r loads it "
                + "anew, up and down choose a request and k ends it, after asking. Where there is no terminal it is one page.",
            "stacks" => "Shows where every Python thread of every worker is; it needs no GIL, so it also shows code that does not let go of it.",
            "kill" => "Ends a request for its client, who gets 503, or a connection cut short when the answer had begun. hotplate ps lists the ids.",
            "apply" => "Reads hotplate.toml again, or FILE in its place, and goes from what is served to what it says: as a whole, when "
                + "all that is new serves, or not at all. Applications that are the same are not touched. --dry-run tells what would "
                + "change.",
            "pause" => "Lets the application's requests wait, up to --max-queue of them and each for --max-queue-time, and returns when "
                + "none runs: time to migrate a database. hotplate resume ends it.",
            "resume" => "Lets requests begin again that hotplate pause made wait, in their order.",
            "upgrade" => "Starts the program that is on the disk now beside the running one, as USR2 does, with its command line and its listening sockets, and returns when it is decided: the new one's workers serve and the "
                + "old one finishes what it has, or why not, and nothing has changed.",
            "logs" => "Shows the last hundred lines of its log: of the service NAME, or of the server that the flags below name. "
                + "With APP, one of several applications: only its lines. -f or --follow goes on showing what comes.",
            "stop" => "Lets the server finish what it has, within --graceful-timeout, and returns when it has ended. A service is stopped "
                + "by systemctl, and starts at the next boot. "
                + "With APP: ends that application only; its requests get 503 until hotplate reload APP.",
            "restart" => "A service is restarted by systemctl; another server is followed by a new process of its own, as by hotplate upgrade. Returns when the old one has ended.",
            _ => "Loads the application anew, as HUP does, and returns when it is decided: the new code serves, or its traceback is "
                + "printed and the old code serves on. With --canary the new code gets that share of the requests before, and takes "
                + "over if it does no worse than the old; the figures that decided are printed.",
        });
        page.Line().Paragraph("It asks this user's running server. When several run:").Line();
        foreach (var setting in ControlTable.Client)
        {
            Flag(page, setting);
        }
        if (verb == "reload")
        {
            const string share = "of the requests, as in 5%, goes to the new code while it is compared with the old";
            page.Row($"      {CanaryOrder.ShareFlag} SHARE", share, FlagColumn)
                .Row($"      {CanaryOrder.TimeFlag} TIME", "how long that is [60s]", FlagColumn);
        }
        if (verb != TopVerb.Name)
        {
            page.Row("      --json", "the answer for programs: docs/control.md", FlagColumn);
        }
        page.Line()
            .Paragraph("Exit codes: 0 done, 1 no server was found or it could not do it, 2 what was said is not understood" + verb switch
            {
                "reload" => ", 3 a worker of the new code failed to boot, or it did worse than the old, 4 the new code does not load.",
                "upgrade" => ", 3 a worker of the new code failed to boot, 4 the new code does not load.",
                _ => ".",
            });
    }

    private static void Install(HelpPage page)
    {
        Usage(page, "install [NAME] [TARGET] [flags]", "Makes a service of systemd of a site: a user for it, /etc/hotplate/NAME.env with its settings, a hardened unit; enables and starts it, and asks it for its first page. "
            + "TARGET and flags are those of serve. It shows all of it first, and asks what it cannot know.");
        page.Line().Row("  --yes", "do it without asking", 14).Row("  --dry-run", "show it, and do nothing", 14).Row("  --root DIR", "write the files below DIR, and run nothing", 14).Line()
            .Line("  hotplate install shop shop:app -b :80 --dry-run").Line()
            .Paragraph("Exit codes: 0 done and the site answered, 1 it could not, 2 what was said is not understood. docs/service.md tells more.");
    }

    private static void Usage(HelpPage page, string usage, string meaning) => page.Heading($"hotplate {usage}").Line().Paragraph(meaning);

    private static void Flag(HelpPage page, Setting setting) => page.Row(
        $"  {(setting.Letter is { } one ? $"-{one}, " : "    ")}{setting.Flag} {setting.Hint}", $"{setting.Summary} [{setting.DescribeDefault()}]", FlagColumn);
}
