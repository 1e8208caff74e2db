namespace Hotplate.Settings;

/// <summary>An application that was found without being named.</summary>
/// <param name="Target">As it would stand behind <c>serve</c>.</param>
/// <param name="Why">Where it was found, for people: <c>wsgi.py: it defines "app"</c>.</param>
/// <param name="IsCertain">Its text leaves no doubt that it is one.</param>
internal sealed record FoundApp(string Target, string Why, bool IsCertain)
{
    /// <summary>The target as a shell takes it.</summary>
    public string Quoted => Target.All(static one => char.IsAsciiLetterOrDigit(one) || "._-:/".Contains(one, StringComparison.Ordinal)) ? Target : $"'{Target.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
