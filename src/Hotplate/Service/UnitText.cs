namespace Hotplate.Service;

/// <summary>The text of a site's unit: packaging/hotplate@.service, in which single lines are said otherwise for one site.</summary>
internal sealed class UnitText
{
    private readonly List<string> lines = [.. Packaged().Split('\n').SkipWhile(static line => !line.StartsWith('['))];

    /// <summary>The unit that all sites have in common, which the package brings and hotplate install writes.</summary>
    public static string Packaged()
    {
        using var stream = typeof(UnitText).Assembly.GetManifestResourceStream("hotplate@.service")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Puts lines in the place of the one of that name, which must be there; without any it is left out.</summary>
    public UnitText With(string name, params string[] instead)
    {
        var at = lines.FindIndex(line => line.StartsWith(name + "=", StringComparison.Ordinal));
        lines.RemoveAt(at);
        lines.InsertRange(at, instead);
        return this;
    }

    /// <summary>From its first section on.</summary>
    public override string ToString() => string.Join('\n', lines);
}
