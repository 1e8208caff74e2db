using Hotplate.Worker.Native;

namespace Hotplate.Worker.CPython;

/// <summary>CPython's C API as far as we use it, looked up in the running interpreter. Nothing links libpython.</summary>
/// <remarks>
/// <c>SuppressGCTransition</c> stands only on calls that neither block nor can run Python code. An allocation that the cyclic collector
/// counts (dict, tuple, list, function) may run finalizers before 3.12, so those calls do without it; so does whatever may raise.
/// </remarks>
#pragma warning disable CS0649 // set by Load
internal static unsafe class Api
{
    // Reference counting
    internal static delegate* unmanaged<PyObject*, void> Py_DecRef;

    // Exceptions
    internal static delegate* unmanaged<PyObject*, byte*, void> PyErr_SetString;
    internal static delegate* unmanaged<PyObject*, PyObject*, void> PyErr_SetObject; // borrows both
    internal static delegate* unmanaged<PyObject*, PyObject*, PyObject*, void> PyErr_Restore; // steals all three
    internal static delegate* unmanaged<void> PyErr_Clear;
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*> PyErr_Occurred; // borrowed

    // Threads
    internal static delegate* unmanaged<void*> PyEval_SaveThread;
    internal static delegate* unmanaged<void*, void> PyEval_RestoreThread;
    internal static delegate* unmanaged<int> PyGILState_Ensure;
    internal static delegate* unmanaged<int, void> PyGILState_Release;

    /// <summary>Gives the number of threads it found, 0 or 1. A null exception takes back one that was not raised yet.</summary>
    internal static delegate* unmanaged<ulong, PyObject*, int> PyThreadState_SetAsyncExc; // borrows the class

    // Calls
    internal static delegate* unmanaged<PyObject*, PyObject**, nuint, PyObject*, PyObject*> PyObject_VectorcallDict; // new; borrows all

    // Numbers
    internal static delegate* unmanaged[SuppressGCTransition]<ulong, PyObject*> PyLong_FromUnsignedLongLong; // new
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, int*, long> PyLong_AsLongLongAndOverflow; // of exact ints only: others may run code

    // Bytes and strings
    internal static delegate* unmanaged[SuppressGCTransition]<byte*, nint, PyObject*> PyBytes_FromStringAndSize; // new
    internal static delegate* unmanaged[SuppressGCTransition]<byte*, nint, byte*, PyObject*> PyUnicode_DecodeLatin1; // new
    internal static delegate* unmanaged<PyObject*, nint*, byte*> PyUnicode_AsUTF8AndSize; // borrowed
    internal static delegate* unmanaged<PyObject*, PyObject*> PyUnicode_AsLatin1String; // new
    internal static delegate* unmanaged<PyObject*, byte*, byte*, PyObject*> PyUnicode_AsEncodedString; // new
    internal static delegate* unmanaged<PyObject**, void> PyUnicode_InternInPlace;

    // Containers
    internal static delegate* unmanaged<nint, PyObject*> PyTuple_New; // new
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*> PyTuple_GetItem; // borrowed
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*, int> PyTuple_SetItem; // steals
    internal static delegate* unmanaged<nint, PyObject*> PyList_New; // new
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*> PyList_GetItem; // borrowed
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*, int> PyList_SetItem; // steals
    internal static delegate* unmanaged<PyObject*, PyObject*> PySequence_List; // new
    internal static delegate* unmanaged<PyObject*, PyObject*> PyDict_Copy; // new

    /// <summary>Suppressed: keys are exact strings, and a value that is replaced is a string or number of ours, so no code of anyone's runs.</summary>
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, PyObject*, int> PyDict_SetItem; // borrows key and value
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, int> PyDict_DelItem; // borrows key
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, PyObject*> PyDict_GetItemWithError; // borrowed

    // Types and modules
    internal static delegate* unmanaged[SuppressGCTransition]<PyObject*, ulong> PyType_GetFlags;
    internal static delegate* unmanaged<PyObject*, PyObject*, PyObject*, PyObject*> PyCFunction_NewEx; // new; keeps self and module alive
    internal static delegate* unmanaged<void*, int, PyObject*> PyModule_Create2; // new
    internal static delegate* unmanaged<byte*> Py_GetVersion;

    /// <summary>Called when the interpreter is gone: no Python then.</summary>
    internal static delegate* unmanaged<delegate* unmanaged<void>, int> Py_AtExit;

    // Objects
    internal static PyObject* None;
    internal static PyObject* True;
    internal static PyObject* False;
    internal static PyObject* Unicode;
    internal static PyObject* Bytes;
    internal static PyObject* Long;
    internal static PyObject* List;
    internal static PyObject* Tuple;
    internal static PyObject* DictItems;
    internal static PyObject* OrderedDictItems;
    internal static PyObject* TypeError;
    internal static PyObject* ValueError;
    internal static PyObject* AssertionError;
    internal static PyObject* RuntimeError;
    internal static PyObject* BrokenPipeError;
    internal static PyObject* ConnectionResetError;

    /// <summary>The C name of what the interpreter lacks, or null when all was found.</summary>
    internal static string? Load()
    {
        Py_DecRef = (delegate* unmanaged<PyObject*, void>)Find("Py_DecRef"u8);
        PyErr_SetString = (delegate* unmanaged<PyObject*, byte*, void>)Find("PyErr_SetString"u8);
        PyErr_SetObject = (delegate* unmanaged<PyObject*, PyObject*, void>)Find("PyErr_SetObject"u8);
        PyErr_Restore = (delegate* unmanaged<PyObject*, PyObject*, PyObject*, void>)Find("PyErr_Restore"u8);
        PyErr_Clear = (delegate* unmanaged<void>)Find("PyErr_Clear"u8);
        PyErr_Occurred = (delegate* unmanaged[SuppressGCTransition]<PyObject*>)Find("PyErr_Occurred"u8);
        PyEval_SaveThread = (delegate* unmanaged<void*>)Find("PyEval_SaveThread"u8);
        PyEval_RestoreThread = (delegate* unmanaged<void*, void>)Find("PyEval_RestoreThread"u8);
        PyGILState_Ensure = (delegate* unmanaged<int>)Find("PyGILState_Ensure"u8);
        PyGILState_Release = (delegate* unmanaged<int, void>)Find("PyGILState_Release"u8);
        PyThreadState_SetAsyncExc = (delegate* unmanaged<ulong, PyObject*, int>)Find("PyThreadState_SetAsyncExc"u8);
        PyObject_VectorcallDict = (delegate* unmanaged<PyObject*, PyObject**, nuint, PyObject*, PyObject*>)Find("PyObject_VectorcallDict"u8);
        PyLong_FromUnsignedLongLong = (delegate* unmanaged[SuppressGCTransition]<ulong, PyObject*>)Find("PyLong_FromUnsignedLongLong"u8);
        PyLong_AsLongLongAndOverflow = (delegate* unmanaged[SuppressGCTransition]<PyObject*, int*, long>)Find("PyLong_AsLongLongAndOverflow"u8);
        PyBytes_FromStringAndSize = (delegate* unmanaged[SuppressGCTransition]<byte*, nint, PyObject*>)Find("PyBytes_FromStringAndSize"u8);
        PyUnicode_DecodeLatin1 = (delegate* unmanaged[SuppressGCTransition]<byte*, nint, byte*, PyObject*>)Find("PyUnicode_DecodeLatin1"u8);
        PyUnicode_AsUTF8AndSize = (delegate* unmanaged<PyObject*, nint*, byte*>)Find("PyUnicode_AsUTF8AndSize"u8);
        PyUnicode_AsLatin1String = (delegate* unmanaged<PyObject*, PyObject*>)Find("PyUnicode_AsLatin1String"u8);
        PyUnicode_AsEncodedString = (delegate* unmanaged<PyObject*, byte*, byte*, PyObject*>)Find("PyUnicode_AsEncodedString"u8);
        PyUnicode_InternInPlace = (delegate* unmanaged<PyObject**, void>)Find("PyUnicode_InternInPlace"u8);
        PyTuple_New = (delegate* unmanaged<nint, PyObject*>)Find("PyTuple_New"u8);
        PyTuple_GetItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*>)Find("PyTuple_GetItem"u8);
        PyTuple_SetItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*, int>)Find("PyTuple_SetItem"u8);
        PyList_New = (delegate* unmanaged<nint, PyObject*>)Find("PyList_New"u8);
        PyList_GetItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*>)Find("PyList_GetItem"u8);
        PyList_SetItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, nint, PyObject*, int>)Find("PyList_SetItem"u8);
        PySequence_List = (delegate* unmanaged<PyObject*, PyObject*>)Find("PySequence_List"u8);
        PyDict_Copy = (delegate* unmanaged<PyObject*, PyObject*>)Find("PyDict_Copy"u8);
        PyDict_SetItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, PyObject*, int>)Find("PyDict_SetItem"u8);
        PyDict_DelItem = (delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, int>)Find("PyDict_DelItem"u8);
        PyDict_GetItemWithError = (delegate* unmanaged[SuppressGCTransition]<PyObject*, PyObject*, PyObject*>)Find("PyDict_GetItemWithError"u8);
        PyType_GetFlags = (delegate* unmanaged[SuppressGCTransition]<PyObject*, ulong>)Find("PyType_GetFlags"u8);
        PyCFunction_NewEx = (delegate* unmanaged<PyObject*, PyObject*, PyObject*, PyObject*>)Find("PyCFunction_NewEx"u8);
        PyModule_Create2 = (delegate* unmanaged<void*, int, PyObject*>)Find("PyModule_Create2"u8);
        Py_GetVersion = (delegate* unmanaged<byte*>)Find("Py_GetVersion"u8);
        Py_AtExit = (delegate* unmanaged<delegate* unmanaged<void>, int>)Find("Py_AtExit"u8);
        None = (PyObject*)Find("_Py_NoneStruct"u8);
        True = (PyObject*)Find("_Py_TrueStruct"u8);
        False = (PyObject*)Find("_Py_FalseStruct"u8);
        Unicode = (PyObject*)Find("PyUnicode_Type"u8);
        Bytes = (PyObject*)Find("PyBytes_Type"u8);
        Long = (PyObject*)Find("PyLong_Type"u8);
        List = (PyObject*)Find("PyList_Type"u8);
        Tuple = (PyObject*)Find("PyTuple_Type"u8);
        DictItems = (PyObject*)Find("PyDictItems_Type"u8);
        OrderedDictItems = (PyObject*)Find("PyODictItems_Type"u8);
        TypeError = FindException("PyExc_TypeError"u8);
        ValueError = FindException("PyExc_ValueError"u8);
        AssertionError = FindException("PyExc_AssertionError"u8);
        RuntimeError = FindException("PyExc_RuntimeError"u8);
        BrokenPipeError = FindException("PyExc_BrokenPipeError"u8);
        ConnectionResetError = FindException("PyExc_ConnectionResetError"u8);
        return missing;
    }

    private static string? missing;

    private static void* Find(ReadOnlySpan<byte> name)
    {
        fixed (byte* text = name)
        {
            var found = Libc.dlsym(null, text); // literals end in a zero byte
            if (found is null)
            {
                missing ??= System.Text.Encoding.ASCII.GetString(name);
            }
            return found;
        }
    }

    private static PyObject* FindException(ReadOnlySpan<byte> name)
    {
        var found = (PyObject**)Find(name);
        return found is null ? null : *found;
    }
}
