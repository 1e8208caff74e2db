using System.Text;

namespace Hotplate.Cli;

/// <summary>A page of help in the making: paragraphs and rows, filled to a width.</summary>
/// <param name="width">Columns.</param>
/// <param name="paint">For headings.</param>
internal sealed class HelpPage(int width, Paint paint)
{
    private const int Least = 40;
    private readonly StringBuilder _text = new();
    private readonly int _width = Math.Max(Least, width);

    public HelpPage Heading(string text)
    {
        _text.Append(paint.Heading(text)).Append('\n');
        return this;
    }

    /// <summary>Filled from the left edge, or from an indent.</summary>
    public HelpPage Paragraph(string text, int indent = 0)
    {
        Fill(text, indent, indent);
        return this;
    }

    /// <summary>As it is: an example to be copied.</summary>
    public HelpPage Line(string text = "")
    {
        _text.Append(text).Append('\n');
        return this;
    }

    /// <summary>A word and what it means, which begins at a column, or below the word where there is no room beside it.</summary>
    public HelpPage Row(string word, string meaning, int column)
    {
        // On a narrow terminal the second column would be a ribbon.
        var at = column > _width / 2 ? 8 : column;
        _text.Append(word);
        if (word.Length > at - 2)
        {
            _text.Append('\n');
            Fill(meaning, at, at);
        }
        else
        {
            Fill(meaning, at - word.Length, at);
        }
        return this;
    }

    public override string ToString() => _text.ToString().TrimEnd('\n');

    /// <param name="text">Words.</param>
    /// <param name="first">Blanks before the first word.</param>
    /// <param name="rest">Blanks before the first word of each further line.</param>
    private void Fill(string text, int first, int rest)
    {
        _text.Append(' ', first);
        var column = rest;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > rest && column + 1 + word.Length > _width)
            {
                _text.Append('\n').Append(' ', rest);
                column = rest;
            }
            else if (column > rest)
            {
                _text.Append(' ');
                column++;
            }
            _text.Append(word);
            column += word.Length;
        }
        _text.Append('\n');
    }
}
