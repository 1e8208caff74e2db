using Hotplate.Worker.Native;

namespace Hotplate.Worker.CPython;

/// <summary>A function of ours that Python can call: CPython's PyMethodDef, in memory that never moves or goes away.</summary>
internal unsafe struct Method
{
    internal const int Keywords = 0x02;
    internal const int NoArguments = 0x04;
    internal const int OneArgument = 0x08;
    internal const int FastCall = 0x80;

    private Definition* definition;

#pragma warning disable CS0649 // no function has a doc string
    internal struct Definition
    {
        internal byte* Name;
        internal void* Function;
        internal int Flags;
        internal byte* Doc;
    }
#pragma warning restore CS0649

    internal static Method Make(ReadOnlySpan<byte> name, delegate* unmanaged<PyObject*, PyObject**, nint, PyObject*, PyObject*> function, int flags) =>
        Make(name, (void*)function, flags);

    internal static Method Make(ReadOnlySpan<byte> name, delegate* unmanaged<PyObject*, PyObject*, PyObject*> function, int flags) =>
        Make(name, (void*)function, flags);

    /// <summary>A new function object that is called with <paramref name="self"/>, which it keeps alive.</summary>
    internal readonly PyObject* Bind(PyObject* self) => Api.PyCFunction_NewEx((PyObject*)definition, self, null);

    /// <param name="name">A literal: it ends in a zero byte and never moves.</param>
    internal static void Fill(Definition* at, ReadOnlySpan<byte> name, void* function, int flags)
    {
        fixed (byte* text = name)
        {
            *at = new Definition { Name = text, Function = function, Flags = flags };
        }
    }

    private static Method Make(ReadOnlySpan<byte> name, void* function, int flags)
    {
        var made = (Definition*)Libc.calloc(1, sizeof(Definition));
        Fill(made, name, function, flags);
        return new Method { definition = made };
    }
}
