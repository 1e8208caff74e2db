using System.Buffers.Binary;
using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>Checks a status and headers as PEP 3333 wants them and writes them as the payload of a response frame.</summary>
internal static unsafe class HeadWriter
{
    /// <summary>All headers of a response together; far above what any browser or proxy takes.</summary>
    private const int MaxHead = 256 * 1024;

    internal static void Open() => HeaderNames.Open();

    /// <summary>False: an exception is set, and the exchange is as it was.</summary>
    internal static bool TryWrite(Exchange* exchange, PyObject* status, PyObject* headers)
    {
        var good = StatusLine.TryRead(status, out var code, out var reason, out var keeper) && TryWrite(exchange, code, reason, headers);
        if (keeper is not null)
        {
            Reference.Drop(keeper);
        }
        return good;
    }

    private static bool TryWrite(Exchange* exchange, int code, ReadOnlySpan<byte> reason, PyObject* headers)
    {
        var head = new Draft { Code = code, Length = -1 };
        // The buffer is written anew; on failure the old head is put back, since the application may go on with it.
        var before = exchange->Head;
        exchange->Head = exchange->Spare;
        exchange->Head.Length = 0;
        if (!TryWriteAll(ref exchange->Head, ref head, reason, headers))
        {
            exchange->Spare = exchange->Head;
            exchange->Head = before;
            return false;
        }
        exchange->Spare = before;
        exchange->NoBody = exchange->IsHead || code is 204 or 205 or 304;
        exchange->HasLength = head.Length >= 0;
        exchange->LengthLeft = exchange->NoBody && !exchange->HasLength ? Exchange.MostDropped : head.Length;
        exchange->ToldOverlong = false;
        return true;
    }

    private ref struct Draft
    {
        internal int Code;
        internal int Count;
        internal long Length;
    }

    private static bool TryWriteAll(ref NativeBuffer to, ref Draft head, ReadOnlySpan<byte> reason, PyObject* headers)
    {
        var start = to.Reserve(6 + reason.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(start, (ushort)head.Code);
        BinaryPrimitives.WriteUInt16LittleEndian(start[4..], (ushort)reason.Length);
        reason.CopyTo(start[6..]);
        to.Length = 6 + reason.Length;
        if (!TryWriteFields(ref to, ref head, headers))
        {
            return false;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(to.Written[2..], (ushort)head.Count);
        return true;
    }

    /// <summary>A list; or, since other servers iterate over whatever they get, a tuple or what dict.items() gives: nothing that runs code of the application.</summary>
    private static bool TryWriteFields(ref NativeBuffer to, ref Draft head, PyObject* fields)
    {
        var isTuple = PyText.IsTuple(fields);
        if (isTuple || PyText.IsList(fields))
        {
            return TryWriteItems(ref to, ref head, fields, isTuple);
        }
        if (fields->Type != Api.DictItems && fields->Type != Api.OrderedDictItems)
        {
            Raise.TypeError($"start_response() headers must be a list of (str, str) tuples, not {PyText.TypeName(fields)}");
            return false;
        }
        using var list = new NewRef(Api.PySequence_List(fields));
        return !list.IsNull && TryWriteItems(ref to, ref head, list.Object, isTuple: false);
    }

    private static bool TryWriteItems(ref NativeBuffer to, ref Draft head, PyObject* fields, bool isTuple)
    {
        // A list is measured anew each time: another thread might shorten it.
        for (nint i = 0; i < fields->Size; i++)
        {
            var item = isTuple ? Api.PyTuple_GetItem(fields, i) : Api.PyList_GetItem(fields, i);
            if (item is null || !TryWriteHeader(ref to, ref head, item))
            {
                return false;
            }
            if (to.Length > MaxHead || head.Count > AnswerRule.MostFields)
            {
                Raise.ValueError($"the response's headers are more than {AnswerRule.MostFields}, or longer than {MaxHead} bytes");
                return false;
            }
        }
        return true;
    }

    private static bool TryWriteHeader(ref NativeBuffer to, ref Draft head, PyObject* item)
    {
        var isTuple = item->Type == Api.Tuple || PyText.IsTuple(item);
        if ((!isTuple && !PyText.IsList(item)) || item->Size != 2)
        {
            Raise.TypeError($"a response header must be a (name, value) tuple, not {PyText.TypeName(item)}");
            return false;
        }
        var name = isTuple ? Api.PyTuple_GetItem(item, 0) : Api.PyList_GetItem(item, 0);
        var value = isTuple ? Api.PyTuple_GetItem(item, 1) : Api.PyList_GetItem(item, 1);
        if (!HeaderNames.TryFind(name, out var id, out var text))
        {
            return false;
        }
        if (!PyText.IsString(value))
        {
            Raise.TypeError($"the value of response header '{Shown(name)}' must be str, not {PyText.TypeName(value)} (PEP 3333)");
            return false;
        }
        if (!PyText.TryLatin1(value, out var bytes, out var keeper))
        {
            Raise.ValueError($"the value of response header '{Shown(name)}' has characters that are not Latin-1");
            return false;
        }
        var good = TryAdd(ref to, ref head, id, text, bytes, name);
        if (keeper is not null)
        {
            Reference.Drop(keeper);
        }
        return good;
    }

    private static bool TryAdd(ref NativeBuffer to, ref Draft head, int id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, PyObject* shown)
    {
        value = AnswerRule.Trim(value);
        if (!AnswerRule.IsValue(value))
        {
            Raise.ValueError(value.Length > Wire.MaxText
                ? $"the value of response header '{Shown(shown)}' is longer than {Wire.MaxText} bytes"
                : $"the value of response header '{Shown(shown)}' has a line break or another control character");
            return false;
        }
        if (id == ResponseHeaders.ContentLength)
        {
            if (!AnswerRule.TryLength(value, out var length) || (head.Length >= 0 && head.Length != length))
            {
                Raise.ValueError($"Content-Length: '{System.Text.Encoding.Latin1.GetString(value)}' is not a length, or contradicts another");
                return false;
            }
            var repeated = head.Length >= 0;
            head.Length = length;
            if (repeated || head.Code is 204 or 205)
            {
                return true; // RFC 9110 §8.6, §15.3.6: not in a 204, and nothing but 0 in a 205
            }
        }
        var room = to.Reserve(5 + name.Length + value.Length);
        var at = 1;
        room[0] = (byte)id;
        if (id == 0)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(room[1..], (ushort)name.Length);
            name.CopyTo(room[3..]);
            at = 3 + name.Length;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(room[at..], (ushort)value.Length);
        value.CopyTo(room[(at + 2)..]);
        to.Length += at + 2 + value.Length;
        head.Count++;
        return true;
    }

    private static string Shown(PyObject* name) =>
        PyText.TryAscii(name, out var ascii) ? System.Text.Encoding.ASCII.GetString(ascii) : "?";
}
