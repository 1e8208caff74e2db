using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hotplate.Worker.CPython;

/// <summary>The head of every Python object in builds with a GIL, 3.9 to 3.14.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PyObject
{
    /// <summary>The low half of the count. Negative: immortal (3.12 and later).</summary>
    internal int References;
    private readonly int high;
    internal PyObject* Type;

    /// <summary>Only of objects with a variable size: tuples, lists, bytes; a dict's number of entries is here too.</summary>
    internal nint Size;
}

/// <summary>Counts references by hand, which saves a call each. Never compiled for builds without a GIL: the module refuses them.</summary>
internal static unsafe class Reference
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static PyObject* Add(PyObject* o)
    {
        if (o->References >= 0)
        {
            o->References++;
        }
        return o;
    }

    /// <remarks>The last reference may run a destructor, and that any Python code, us included. Hold no lock here.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Drop(PyObject* o)
    {
        var count = o->References;
        if (count > 1)
        {
            o->References = count - 1;
        }
        else if (count >= 0)
        {
            Api.Py_DecRef(o);
        }
    }
}

/// <summary>A reference we own until disposed.</summary>
internal readonly unsafe ref struct NewRef(PyObject* o)
{
    internal PyObject* Object { get; } = o;

    internal bool IsNull => Object is null;

    public void Dispose()
    {
        if (Object is not null)
        {
            Reference.Drop(Object);
        }
    }
}
