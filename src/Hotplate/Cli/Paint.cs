namespace Hotplate.Cli;

/// <summary>Colour for what is read on a terminal; none where a program or a file reads it, or where the user wants none (no-color.org).</summary>
internal sealed class Paint
{
    private readonly bool _coloured;

    /// <param name="redirected">The stream is no terminal.</param>
    /// <param name="noColor">$NO_COLOR: any text means none.</param>
    /// <param name="terminal">$TERM.</param>
    internal Paint(bool redirected, string? noColor, string? terminal) => _coloured = !redirected && string.IsNullOrEmpty(noColor) && terminal is not (null or "" or "dumb");

    /// <summary>For standard output.</summary>
    public static Paint Out { get; } = For(Console.IsOutputRedirected);

    /// <summary>For standard error.</summary>
    public static Paint Err { get; } = For(Console.IsErrorRedirected);

    public string Error(string text) => Wrap("1;31", text);

    public string Warning(string text) => Wrap("33", text);

    public string Good(string text) => Wrap("32", text);

    public string Heading(string text) => Wrap("1", text);

    private static Paint For(bool redirected) => new(redirected, Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM"));

    private string Wrap(string code, string text) => _coloured && text.Length > 0 ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
