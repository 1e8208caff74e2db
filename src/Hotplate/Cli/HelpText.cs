using System.Text;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate --help</c>: the verbs, then every setting under its heading.</summary>
internal static class HelpText
{
    private const int FlagColumn = 34;

    private const string Head = """
        Hotplate serves Flask and every other WSGI application: HTTP, workers and supervision in one command.

        Usage:
          hotplate serve TARGET [flags]     serve an application
          hotplate dev TARGET [flags]       the same while you write it: loads it anew when you save, on one worker,
                                            with Flask's debugger and tracebacks in the browser
          hotplate check TARGET [flags]     tell every problem, start nothing
          hotplate config TARGET [flags]    show every value and where it came from
          hotplate status [--json]          how a running server does: workers, deaths, the last reload
          hotplate ps [--json]              requests in flight: age, phase, worker, thread
          hotplate stacks                   where every Python thread of every worker is
          hotplate kill REQUEST-ID          end a request for its client
          hotplate reload                   load the application anew; code that is not fit to serve changes nothing
          hotplate help | version

        The commands without TARGET ask this user's running server; --control PATH or --pid FILE says which.

        TARGET is one of
          shop:app               the object "app" in the module "shop"
          shop                   its "app", its "application", or its only WSGI callable
          shop:create_app("x")   what the factory returns
          shop/app.py            a file; shop/app.py:app and the other forms as well

        Examples:
          hotplate serve shop:app
          hotplate serve shop:app -b :8080 -w 4 --access-logfile -
          hotplate serve wsgi.py --venv ~/envs/shop -e FLASK_ENV=production
          hotplate serve mysite.wsgi --mount /shop -b unix:/run/shop.sock?mode=660
        """;

    private const string Tail = """
        Times are seconds (30) or have a unit (500ms, 2m); sizes are bytes or have one (10M, 1G).
        Every flag has a variable: --max-queue is HOTPLATE_MAX_QUEUE. A flag wins over a variable, a variable over
        the default. PORT, WEB_CONCURRENCY and FORWARDED_ALLOW_IPS are obeyed too.

        Signals: TERM and INT finish what is in flight, a second INT or QUIT stops at once, HUP reloads,
        TTIN and TTOU make it one worker more or fewer.
        Exit codes: 0 stopped, 1 could not start, 2 flags not understood, 3 a worker failed to boot, 4 the application
        failed to load.
        """;

    public static string Make(int width)
    {
        var text = new StringBuilder(Head).Append('\n');
        foreach (var group in SettingTable.All.GroupBy(setting => setting.Group))
        {
            text.Append('\n').Append(group.Key).Append('\n');
            foreach (var setting in group)
            {
                AppendSetting(text, setting, width);
            }
        }
        return text.Append('\n').Append(Tail).ToString();
    }

    /// <summary>Columns to fill: the terminal's, between 80 and 110.</summary>
    public static int WidthOfTerminal() => Math.Clamp(Console.IsOutputRedirected ? 100 : Console.WindowWidth, 80, 110);

    private static void AppendSetting(StringBuilder text, Setting setting, int width)
    {
        var letter = setting.Letter is { } one ? $"-{one}, " : "    ";
        var flag = $"  {letter}{setting.Flag} {setting.Hint}";
        text.Append(flag);
        var column = flag.Length;
        if (column > FlagColumn - 2)
        {
            text.Append('\n');
            column = 0;
        }
        text.Append(' ', FlagColumn - 1 - column);
        column = FlagColumn;
        foreach (var word in $"{setting.Summary} [{setting.DescribeDefault()}]".Split(' '))
        {
            if (column + word.Length >= width)
            {
                text.Append('\n').Append(' ', FlagColumn - 1);
                column = FlagColumn;
            }
            text.Append(' ').Append(word);
            column += word.Length + 1;
        }
        text.Append('\n');
    }
}
