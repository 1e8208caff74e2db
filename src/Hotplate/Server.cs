using Hotplate.Settings;

namespace Hotplate;

/// <summary>Every room, composed once.</summary>
internal static class Server
{
    internal static Task<int> RunAsync(ServerSettings settings) => Task.FromResult(0);
}
