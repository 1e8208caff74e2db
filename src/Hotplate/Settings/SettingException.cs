namespace Hotplate.Settings;

/// <summary>A value that cannot be used: thrown while one value is read, turned into a <see cref="SettingsProblem"/> that adds the place.</summary>
internal sealed class SettingException(string code, string what) : Exception(what)
{
    public string Code { get; } = code;
}
