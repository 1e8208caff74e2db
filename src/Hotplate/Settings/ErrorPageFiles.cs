using System.Globalization;

namespace Hotplate.Settings;

/// <summary>The user's own pages for what Hotplate answers itself: files called by their status, <c>404.html</c>, or by its class, <c>5xx.html</c>.</summary>
/// <param name="Folder">Where they were read, at the start.</param>
/// <param name="Pages">Text by the file's name without its ending.</param>
internal sealed record ErrorPageFiles(string Folder, IReadOnlyDictionary<string, string> Pages)
{
    // It is sent whole, from memory, to whoever makes a mistake.
    private const int Largest = 256 * 1024;

    /// <exception cref="SettingException">There is no such folder, or none of such files in it, or one cannot be used.</exception>
    public static ErrorPageFiles Read(string folder)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                throw new SettingException(ErrorCode.BadErrorPages, Reach.Wall(folder) ?? $"there is no folder {folder}.");
            }
            var pages = Directory.EnumerateFiles(folder, "*.html").Where(static file => IsStatus(Path.GetFileNameWithoutExtension(file)))
                .ToDictionary(static file => Path.GetFileNameWithoutExtension(file), Text, StringComparer.Ordinal);
            return pages.Count > 0
                ? new ErrorPageFiles(folder, pages)
                : throw new SettingException(ErrorCode.BadErrorPages, $"in {folder} is no page: files are called 404.html for one status, 4xx.html or 5xx.html for all others of their kind.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(ErrorCode.BadErrorPages, $"{folder} cannot be read: {error.Message}");
        }
    }

    /// <summary>The page for a status: its own, else that of its class; null: there is none.</summary>
    public string? For(int status) =>
        Pages.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture)) ?? Pages.GetValueOrDefault($"{status / 100}xx");

    private static string Text(string file) => new FileInfo(file).Length <= Largest
        ? File.ReadAllText(file)
        : throw new SettingException(ErrorCode.BadErrorPages, $"{file} is larger than {Values.ShowSize(Largest)}. Let the page link to what is large.");

    private static bool IsStatus(string name) => name is ['4' or '5', _, _] && (name[1..] == "xx" || name[1..].All(char.IsAsciiDigit));
}
