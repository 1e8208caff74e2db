using System.Text;

namespace Hotplate.Settings;

/// <summary>A file of variables (<c>.env</c>) in the form that python-dotenv and docker have in common; nothing is put in place of <c>$NAME</c>.</summary>
internal sealed class EnvFile
{
    private const long Largest = 1 << 20;
    private readonly string path;
    private readonly string text;
    private readonly List<KeyValuePair<string, string>> variables = [];
    private int at;
    private int line = 1;

    private EnvFile(string path, string text) => (this.path, this.text) = (path, text);

    /// <param name="path">Absolute.</param>
    /// <returns>In the order of the file; a name that comes again counts as its last.</returns>
    /// <exception cref="SettingException">It cannot be read, or has a line that is none of these. The message has file and line.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string path)
    {
        var file = new EnvFile(path, Load(path));
        file.ReadAll();
        return file.variables;
    }

    private static string Load(string path)
    {
        try
        {
            var place = OsText.ReachableFile(path);
            if (Directory.Exists(place))
            {
                throw new SettingException(ErrorCode.BadEnvFile, $"{path} is a folder. Name a file of NAME=VALUE lines.");
            }
            if (new FileInfo(place) is { Exists: true, Length: > Largest })
            {
                throw new SettingException(ErrorCode.BadEnvFile, $"{path} is larger than {Values.ShowSize(Largest)}. Is it a file of NAME=VALUE lines?");
            }
            var bytes = File.ReadAllBytes(place).AsSpan();
            return OsText.Decode(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SettingException(ErrorCode.BadEnvFile, Reach.Wall(path) ?? $"there is no file {path}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(
                ErrorCode.BadEnvFile, $"{path} cannot be read by this user ({Environment.UserName}), who reads it again at each reload. Look at its permissions: ls -l {path}");
        }
    }

    private void ReadAll()
    {
        while (true)
        {
            Skip(static one => char.IsWhiteSpace(one));
            if (at == text.Length)
            {
                return;
            }
            if (text[at] == '#')
            {
                Skip(static one => one != '\n');
                continue;
            }
            var name = Name();
            var value = Value();
            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw Wrong($"{name} has a zero byte in its value, which no variable can have.");
            }
            variables.Add(new(name, value));
        }
    }

    private string Name()
    {
        const string export = "export";
        if (text.AsSpan(at).StartsWith(export, StringComparison.Ordinal) && at + export.Length < text.Length && IsBlank(text[at + export.Length]))
        {
            at += export.Length;
            Skip(IsBlank);
        }
        var from = at;
        Skip(static one => !char.IsWhiteSpace(one) && one is not ('=' or '#' or '\'' or '"' or '\0'));
        var name = text[from..at];
        Skip(IsBlank);
        if (name.Length == 0 || at == text.Length || text[at] != '=')
        {
            throw Wrong("NAME=VALUE is needed here, or a # before a comment.");
        }
        at++;
        return name;
    }

    private string Value()
    {
        var from = at;
        Skip(IsBlank);
        if (at < text.Length && text[at] is '\'' or '"')
        {
            return Quoted();
        }
        var begin = at;
        Skip(static one => one != '\n');
        var value = text[begin..at];
        // A # begins a comment when a blank is before it: pass#word is a value.
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '#' && (i > 0 ? IsBlank(value[i - 1]) : begin > from))
            {
                value = value[..i];
            }
        }
        return value.TrimEnd();
    }

    private string Quoted()
    {
        var (quote, begun) = (text[at++], line);
        var value = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            line += text[at] == '\n' ? 1 : 0;
            if (text[at] == '\\' && at + 1 < text.Length && Escaped(text[at + 1], quote) is { } meant)
            {
                value.Append(meant);
                at += 2;
            }
            else
            {
                value.Append(text[at++]);
            }
        }
        if (at == text.Length)
        {
            line = begun;
            throw Wrong($"the value that begins here has no closing {quote}.");
        }
        at++;
        Skip(one => IsBlank(one) || one == '\r');
        if (at < text.Length && text[at] is not ('\n' or '#'))
        {
            throw Wrong($"something stands behind the closing {quote}. Quote the whole value, or put a # before a comment.");
        }
        return value.ToString();
    }

    // In single quotes only what could not stand there otherwise.
    private static char? Escaped(char letter, char quote) => letter switch
    {
        '\\' or '\'' => letter,
        _ when quote == '\'' => null,
        '"' => letter,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'v' => '\v',
        _ => null,
    };

    private void Skip(Func<char, bool> what)
    {
        for (; at < text.Length && what(text[at]); at++)
        {
            line += text[at] == '\n' ? 1 : 0;
        }
    }

    private static bool IsBlank(char one) => one is ' ' or '\t';

    private SettingException Wrong(string what) => new(ErrorCode.BadEnvFile, $"{path}:{line}: {what}");
}
