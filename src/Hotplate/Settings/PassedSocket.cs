namespace Hotplate.Settings;

/// <summary>A listening socket that is open already when the server starts.</summary>
/// <param name="Descriptor">Its number in this process.</param>
/// <param name="Name">What the socket unit calls it (FileDescriptorName=), by default the unit's own name: <c>shop.socket</c>.</param>
internal readonly record struct PassedSocket(int Descriptor, string Name);
