using System.Text;

namespace Hotplate.Cli;

/// <summary>Rows in columns: the first row is the heads; numbers stand to the right.</summary>
/// <param name="heads">One for each column, in capitals. One that begins with a blank has its column to the right.</param>
internal sealed class TextTable(params string[] heads)
{
    private readonly List<string[]> rows = [[.. heads.Select(static head => head.TrimStart())]];
    private readonly bool[] right = [.. heads.Select(static head => head.StartsWith(' '))];

    internal void Add(params string[] row) => rows.Add(row);

    /// <param name="width">Longer lines are cut; what stands last should be what can be missed.</param>
    internal void Write(StringBuilder to, int width)
    {
        var widths = Enumerable.Range(0, right.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var line = string.Join("  ", row.Select((cell, column) => right[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
            to.Append(line.Length <= width ? line : line[..(width - 1)] + "…").Append('\n');
        }
    }
}
