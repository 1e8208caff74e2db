using Hotplate.Worker.CPython;

namespace Hotplate.Worker.Wsgi;

/// <summary>The write() that start_response returns (PEP 3333, "The write() Callable").</summary>
internal static unsafe class WriteCallable
{
    private static Method method;

    internal static void Open() => method = Method.Make("write"u8, &Call, Method.OneArgument);

    internal static PyObject* New(PyObject* token) => method.Bind(token);

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static PyObject* Call(PyObject* self, PyObject* data)
    {
        try
        {
            var exchange = Exchanges.Find(self);
            if (exchange is null)
            {
                return Raise.RuntimeError("write() called after the request was answered");
            }
            if (exchange->IsAbandoned)
            {
                return Raise.BrokenPipe("the client left before the answer was complete");
            }
            if (exchange->ToldOverlong)
            {
                // The first piece beyond it was cut off and logged. An application that goes on might never stop.
                return Raise.ValueError("write() was called again after the answer had reached its Content-Length");
            }
            if (exchange->NoBody && exchange->LengthLeft < 0)
            {
                // As above. Up to its Content-Length an application writes what GET would have got, and need not know of HEAD.
                return Raise.ValueError("write() was called again in an answer that has no body (HEAD, 204, 205 or 304), after more than it could have");
            }
            return Answer.TryWrite(exchange, data) ? Reference.Add(Api.None) : null;
        }
        catch (Exception e)
        {
            return Raise.Managed(e);
        }
    }
}
