namespace Hotplate.Settings;

/// <summary>What a gunicorn.conf.py says.</summary>
/// <param name="Path">The file.</param>
/// <param name="Names">Every public name in it that is no module, in order. Values that are neither text, number, truth nor a list of these are null in <see cref="ConfiguredName.Values"/>.</param>
/// <param name="Failure">What went wrong when it was run, already told to the user; null: nothing did.</param>
internal sealed record GunicornConfiguration(string Path, IReadOnlyList<ConfiguredName> Names, SettingsProblem? Failure);

/// <summary>One name and what it was given.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Type">Python's name of the value's type: <c>int</c>, <c>function</c>.</param>
/// <param name="Values">As text, numbers in decimal, truth as <c>on</c> and <c>off</c>; several for a list; none for None; null for what has no such text.</param>
internal sealed record ConfiguredName(string Name, string Type, IReadOnlyList<string>? Values);
