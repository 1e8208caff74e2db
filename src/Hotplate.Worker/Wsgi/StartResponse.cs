using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>start_response of PEP 3333: checks what the application says of its answer and keeps it as the head of a response frame.</summary>
/// <remarks>A Python function made anew for every request, bound to its token, so that a call that comes too late is known as such.</remarks>
internal static unsafe class StartResponse
{
    private static Method method;

    internal static void Open()
    {
        method = Method.Make("start_response"u8, &Call, Method.FastCall | Method.Keywords);
        HeadWriter.Open();
        WriteCallable.Open();
    }

    internal static PyObject* New(PyObject* token) => method.Bind(token);

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static PyObject* Call(PyObject* self, PyObject** args, nint count, PyObject* keywords)
    {
        try
        {
            var exchange = Exchanges.Find(self);
            if (exchange is null)
            {
                return Raise.RuntimeError("start_response called after the request was answered");
            }
            var named = keywords is null ? 0 : (int)keywords->Size;
            if (!TryArguments(args, (int)count, keywords, named, out var status, out var headers, out var excInfo))
            {
                return null;
            }
            if (excInfo is not null && exchange->Phase == Phase.HeadSent)
            {
                return Reraise(excInfo);
            }
            if (excInfo is null && exchange->Phase != Phase.Called)
            {
                return Raise.AssertionError("start_response called a second time without exc_info (PEP 3333)");
            }
            if (!HeadWriter.TryWrite(exchange, status, headers))
            {
                return null;
            }
            exchange->Phase = Phase.Started;
            return WriteCallable.New(self);
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }

    private static bool TryArguments(
        PyObject** args, int count, PyObject* keywords, int named, out PyObject* status, out PyObject* headers, out PyObject* excInfo)
    {
        status = count > 0 ? args[0] : null;
        headers = count > 1 ? args[1] : null;
        excInfo = count > 2 ? args[2] : null;
        for (var i = 0; i < named; i++)
        {
            var value = args[count + i];
            PyText.TryAscii(Api.PyTuple_GetItem(keywords, i), out var name);
            if (name.SequenceEqual("exc_info"u8) && excInfo is null)
            {
                excInfo = value;
            }
            else if (name.SequenceEqual("status"u8) && status is null)
            {
                status = value;
            }
            else if ((name.SequenceEqual("headers"u8) || name.SequenceEqual("response_headers"u8)) && headers is null)
            {
                headers = value;
            }
            else
            {
                Raise.TypeError($"start_response() got an unexpected keyword argument '{System.Text.Encoding.ASCII.GetString(name)}'");
                return false;
            }
        }
        if (status is null || headers is null || count > 3)
        {
            Raise.TypeError($"start_response() takes status, headers and perhaps exc_info, but {count + named} arguments were given");
            return false;
        }
        if (excInfo == Api.None)
        {
            excInfo = null;
        }
        if (excInfo is not null && (excInfo->Type != Api.Tuple || excInfo->Size != 3))
        {
            Raise.TypeError("start_response() exc_info must be what sys.exc_info() returned");
            return false;
        }
        return true;
    }

    /// <summary>The head is out and cannot be replaced: the application's own exception goes on (PEP 3333, "exc_info").</summary>
    private static PyObject* Reraise(PyObject* excInfo)
    {
        var type = Api.PyTuple_GetItem(excInfo, 0);
        var value = Api.PyTuple_GetItem(excInfo, 1);
        var traceback = Api.PyTuple_GetItem(excInfo, 2);
        if (type == Api.None)
        {
            return Raise.AssertionError("start_response() was given an empty exc_info after the headers were sent");
        }
        Api.PyErr_Restore(
            Reference.Add(type), value == Api.None ? null : Reference.Add(value), traceback == Api.None ? null : Reference.Add(traceback));
        return null;
    }
}
