using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hotplate.Certificates;

/// <summary>Names in certificates as text (RFC 4514), as OpenSSL's -nameopt RFC2253, Apache and nginx write them.</summary>
/// <remarks>
/// The class library's own form has another order and quotes in place of escapes. The bytes of UTF-8 are a character each, as everything in
/// environ is (PEP 3333).
/// </remarks>
internal static class DistinguishedNameText
{
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.4"] = "SN",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "street",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.12"] = "title",
        ["2.5.4.42"] = "GN",
        ["0.9.2342.19200300.100.1.1"] = "UID",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["1.2.840.113549.1.9.1"] = "emailAddress",
    };

    /// <exception cref="AsnContentException">It is no name, which a chain that was verified does not hold.</exception>
    internal static string Of(X500DistinguishedName name)
    {
        List<string> parts = [];
        var sequence = new AsnReader(name.RawData, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            List<string> together = [];
            var set = sequence.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var attribute = set.ReadSequence();
                together.Add(Attribute(attribute.ReadObjectIdentifier(), attribute));
            }
            together.Reverse();
            parts.Add(string.Join('+', together));
        }
        parts.Reverse();
        return string.Join(',', parts);
    }

    private static string Attribute(string type, AsnReader value)
    {
        var tag = value.PeekTag();
        var isText = tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String
            or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String or UniversalTagNumber.T61String
            or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString;
        return s_types.TryGetValue(type, out var name) && isText
            ? $"{name}={Escape(value.ReadCharacterString((UniversalTagNumber)tag.TagValue))}"
            : $"{type}=#{Convert.ToHexString(value.ReadEncodedValue().Span)}";
    }

    /// <summary>RFC 4514 §2.4.</summary>
    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        var bytes = Encoding.UTF8.GetBytes(value);
        for (var i = 0; i < bytes.Length; i++)
        {
            var one = (char)bytes[i];
            if (one is < ' ' or '\x7f')
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{bytes[i]:X2}");
                continue;
            }
            var isSpecial = one is ',' or '+' or '"' or '\\' or '<' or '>' or ';' || (i == 0 && one is '#' or ' ')
                || (i == bytes.Length - 1 && one == ' ');
            text.Append(isSpecial ? "\\" : "").Append(one);
        }
        return text.ToString();
    }
}
