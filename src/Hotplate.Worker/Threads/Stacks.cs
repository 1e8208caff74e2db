namespace Hotplate.Worker.Threads;

/// <summary>The Python stacks of all threads, for whoever asks why a request takes so long.</summary>
internal static class Stacks
{
    internal static void Send()
    {
    }
}
