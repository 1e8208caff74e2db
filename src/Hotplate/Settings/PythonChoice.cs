namespace Hotplate.Settings;

/// <summary>The interpreter that was chosen.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Venv">The virtual environment it belongs to, or null.</param>
/// <param name="FoundBy">Why this one: <c>--venv</c>, <c>.venv beside the application</c>.</param>
internal sealed record PythonChoice(string Path, string? Venv, string FoundBy);
