using System.Text;

namespace Hotplate.Worker.CPython;

/// <summary>Sets a Python exception and gives the null that its caller returns. For errors only: it allocates.</summary>
internal static unsafe class Raise
{
    internal static PyObject* TypeError(string message) => Set(Api.TypeError, message);

    internal static PyObject* ValueError(string message) => Set(Api.ValueError, message);

    internal static PyObject* AssertionError(string message) => Set(Api.AssertionError, message);

    internal static PyObject* RuntimeError(string message) => Set(Api.RuntimeError, message);

    internal static PyObject* BrokenPipe(string message) => Set(Api.BrokenPipeError, message);

    /// <summary>No managed exception may leave a function that Python called: this is what becomes of one.</summary>
    internal static PyObject* Managed(Exception exception) => Set(Api.RuntimeError, "hotplate: " + exception);

    internal static PyObject* Set(PyObject* type, string message)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(message.Length) + 1];
        Encoding.UTF8.GetBytes(message, bytes);
        fixed (byte* text = bytes)
        {
            Api.PyErr_SetString(type, text);
        }
        return null;
    }
}
