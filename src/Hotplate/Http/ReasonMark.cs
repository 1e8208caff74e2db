using System.Security.Cryptography;
using System.Text;

namespace Hotplate.Http;

/// <summary>Stands in an answer's head for a reason phrase that Kestrel cannot write, until it goes by and is replaced.</summary>
/// <remarks>
/// What goes by comes in pieces that end anywhere: where a block of memory ends, or where Kestrel kept bytes behind a flush. So a piece's
/// end that may be the mark's beginning is kept until the next piece. It is random: nothing that an application sends is taken for it.
/// </remarks>
internal sealed class ReasonMark
{
    private const int Digits = 32;

    private readonly byte[] phrase;
    private readonly byte[] mark;

    internal ReasonMark(string reason)
    {
        phrase = Encoding.Latin1.GetBytes(reason);
        // Never shorter than what replaces it, so that there is room for that where it stands.
        Text = RandomNumberGenerator.GetHexString(Digits).PadRight(phrase.Length, '-');
        mark = Encoding.ASCII.GetBytes(Text);
    }

    /// <summary>What Kestrel is given for the phrase.</summary>
    internal string Text { get; }

    /// <summary>What was kept at the end of the last piece. It belongs before the next.</summary>
    internal ReadOnlySpan<byte> Kept => mark.AsSpan(0, KeptLength);

    internal int KeptLength { get; private set; }

    /// <summary>Reads a piece, what was kept included, and replaces the mark in it.</summary>
    /// <returns>How much of the piece is to go on, and whether the mark was there: then it has done its work.</returns>
    internal (int Length, bool Found) Pass(Span<byte> piece)
    {
        KeptLength = 0;
        var at = piece.IndexOf(mark);
        if (at >= 0)
        {
            phrase.CopyTo(piece[at..]);
            piece[(at + mark.Length)..].CopyTo(piece[(at + phrase.Length)..]);
            return (piece.Length - mark.Length + phrase.Length, true);
        }
        for (var length = Math.Min(mark.Length - 1, piece.Length); length > 0; length--)
        {
            if (piece.EndsWith(mark.AsSpan(0, length)))
            {
                KeptLength = length;
                break;
            }
        }
        return (piece.Length - KeptLength, false);
    }

    /// <summary>What was kept has gone on by itself.</summary>
    internal void Release() => KeptLength = 0;
}
