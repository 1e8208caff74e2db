namespace Hotplate.Observability;

/// <summary>Kestrel asks for services that a host would have; there is no host.</summary>
internal sealed class NoServices : IServiceProvider
{
    private NoServices()
    {
    }

    internal static NoServices Instance { get; } = new();

    public object? GetService(Type serviceType) => null;
}
